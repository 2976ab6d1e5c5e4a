import { isDeepStrictEqual } from 'node:util';
import { jest } from '@jest/globals';
import { durable, type Message } from 'nestjs-signals';
import type { RowChangedPayload } from 'nestjs-signals/rows';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { RANDOM, SNAPSHOT } from './random-entities.js';
import { Random, runOrm, runStatements } from './random-programs.js';
import { receiverOn, startRowsApp } from './rows-app.js';

quiet();

/** Two thousand take a quarter of an hour: SIGNALS_ROW_PROGRAMS=2000 npm test -- test/rows/random.spec.ts */
const PROGRAMS = Number(process.env.SIGNALS_ROW_PROGRAMS ?? 20);
jest.setTimeout(60_000 + PROGRAMS * 1000);

type Rows = Map<string, object>;

it(`The changes of ${PROGRAMS} random programs, one after another, make of the rows before each what is there after it`, async () => {
  const sent: { sender: string; change: RowChangedPayload }[] = [];
  // Called when a change is sent: in that order.
  const payload = (change: RowChangedPayload, { sender }: Message) => {
    sent.push({ sender: (sender as { name: string }).name, change });
    return { n: sent.length };
  };
  await using t = await startRowsApp({
    entities: RANDOM,
    providers: [receiverOn({ uid: 'rows', batch: true, delivery: durable({ payload, batch: 1000 }) })],
  });
  const clients = [new Client({ connectionString: t.url }), new Client({ connectionString: t.url })] as const;
  for (const client of clients) await client.connect();
  const replica: Rows = new Map();
  let changes = 0;
  try {
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const r = new Random(seed);
      await runStatements(r.of(clients), r);
      await Promise.all([runStatements(clients[0], r), runStatements(clients[1], r)]);
      await runOrm(t.fork(), r);
      await eventually(async () => (await t.sql('select 1 from signals.row_change limit 1')).length === 0);
      for (const { sender, change } of sent) apply(replica, sender, change, seed);
      changes += sent.splice(0).length;
      const rows = (await t.sql(SNAPSHOT)) as unknown as { key: string; row: object }[];
      expect({ seed, rows: sorted(replica) }).toEqual({
        seed,
        rows: sorted(new Map(rows.map(({ key, row }) => [key, row]))),
      });
    }
    expect(await t.sql('select * from signals.row_change_failed')).toEqual([]);
    expect(changes).toBeGreaterThan(PROGRAMS);
  } finally {
    for (const client of clients) await client.end();
  }
});

/** Carries a change out; what it says of the row before must be true. */
function apply(
  replica: Rows,
  sender: string,
  { operation, key, old, new: row }: RowChangedPayload,
  seed: number,
): void {
  const name = `${sender} ${key as number}`;
  const before = replica.get(name);
  if (!isDeepStrictEqual(before && { ...before }, old && { ...old }))
    throw new Error(
      `seed ${seed}: ${operation} of ${name} from ${JSON.stringify(old)}, and it was ${JSON.stringify(before)}`,
    );
  if (row) replica.set(name, row);
  else replica.delete(name);
}

function sorted(rows: Rows): object {
  return Object.fromEntries([...rows].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
