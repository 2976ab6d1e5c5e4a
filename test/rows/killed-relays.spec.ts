import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { LockMode, MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { SampleProcess } from '../sample/fixtures/sample-process.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { Counter, CounterSchema, ROWS } from './counters.js';
import { Random } from './random-programs.js';

/** Two hundred take some minutes: SIGNALS_RELAY_KILLS=200 npm test -- test/rows/killed-relays.spec.ts */
const KILLS = Number(process.env.SIGNALS_RELAY_KILLS ?? 20);
/** How many processes relay at a time. */
const PROCESSES = 3;
/** Writers wait while more changes wait. */
const MOST_WAITING = 4000;
jest.setTimeout(60_000 + KILLS * 5000);

interface Stored {
  readonly operation: string;
  readonly key: number;
  readonly version: number;
}

it(`Relays that are killed ${KILLS} times store each change once for each receiver, in the order of its row`, async () => {
  const database = await createTestDatabase();
  const { url } = database;
  const orm = await MikroORM.init({ clientUrl: url, entities: [CounterSchema], ...ROWS });
  const clients = [1, 2].map(() => new Client({ connectionString: url }));
  try {
    await orm.schema.create();
    for (const client of clients) await client.connect();
    let isOver = false;
    const random = new Random(1);
    const writing = [
      ...clients.map(client => during(() => writeRaw(client, random))),
      during(() => writeByOrm(orm, random)),
    ];
    const kills = Array.from({ length: KILLS }, (_, at) => at);
    const killing = Array.from({ length: PROCESSES }, async () => {
      for (let kill = kills.pop(); kill !== undefined; kill = kills.pop()) await live(url, kill, orm);
    });
    await Promise.all(killing).finally(() => (isOver = true));
    await Promise.all(writing);

    await using last = await startRelay(url, 'last');
    await last.says(/relays/);
    await eventually(async () => (await waiting(orm)) === 0, 60_000);
    const rows = await orm.em.fork().findAll(Counter);
    const versions = new Map(rows.map(({ id, version }) => [id, version]));
    const keyed = await storedFor('keyed', orm);
    const plain = (await storedFor('plain', orm)).toSorted(byVersion);
    expect(keyed.length).toBeGreaterThan(KILLS * 20);
    expect(wrong(keyed, versions)).toEqual([]);
    expect(wrong(plain, versions)).toEqual([]);
    expect(await orm.em.execute('select * from signals.row_change_failed')).toEqual([]);

    async function during(write: () => Promise<unknown>): Promise<void> {
      while (!isOver) {
        await eventually(async () => isOver || (await waiting(orm)) < MOST_WAITING, 120_000);
        await write();
      }
    }
  } finally {
    await Promise.all(clients.map(client => client.end()));
    await orm.close();
    await database.drop();
  }
});

/** Starts a relay, and ends when it has been killed: by itself in a portion, or when it is seen to have begun one. */
async function live(url: string, kill: number, orm: MikroORM): Promise<void> {
  const point = ['read', 'stored', 'seen'][kill % 3]!;
  const name = `relay_${kill}`;
  await using relay = await startRelay(url, name, point, new Random(kill).below(1500) + 1);
  if (point === 'seen') {
    await relay.says(/relays/);
    await eventually(async () => (await relaying(orm)) === name, 60_000);
    relay.kill('SIGKILL');
  }
  expect(await relay.ended).toBe('SIGKILL');
}

function startRelay(url: string, name: string, point = 'none', count = 0): Promise<SampleProcess> {
  return SampleProcess.start('test/rows/fixtures/relay-process.ts', {
    env: {
      SIGNALS_URL: url,
      SIGNALS_FATAL_POINT: point,
      SIGNALS_FATAL_COUNT: String(count),
      PGAPPNAME: name,
      NODE_COMPILE_CACHE: join(tmpdir(), 'nestjs-signals-relays'),
    },
  });
}

/** The name of the process that has the lock of relays. */
async function relaying(orm: MikroORM): Promise<string | undefined> {
  const [row] = await orm.em.execute<{ name: string }[]>(`select application_name as name from pg_locks
    join pg_stat_activity using (pid) where locktype = 'advisory' and objsubid = 2 and granted and datname = current_database()`);
  return row?.name;
}

async function waiting(orm: MikroORM): Promise<number> {
  const [row] = await orm.em.execute<{ count: number }[]>('select count(*)::int as count from signals.row_change');
  return row!.count;
}

let ids = 0;

/** A transaction of a few statements, of which some are rolled back. */
async function writeRaw(client: Client, r: Random): Promise<void> {
  await client.query('begin');
  try {
    for (let left = r.below(3) + 1; left > 0; left--) await client.query(statement(r));
    await client.query(r.below(5) === 0 ? 'rollback' : 'commit');
  } catch {
    // Two writers may wait for each other.
    await client.query('rollback');
  }
}

function statement(r: Random): string {
  const start = r.below(ids + 1);
  switch (r.below(4)) {
    case 0: {
      const count = r.below(20) + 1;
      return `insert into counter select n, 0 from generate_series(${ids + 1}, ${(ids += count)}) n`;
    }
    case 1:
      return `delete from counter where id = ${start}`;
    default:
      return `update counter set version = version + 1 where id between ${start} and ${start + r.below(40)}`;
  }
}

async function writeByOrm(orm: MikroORM, r: Random): Promise<void> {
  await orm.em
    .fork()
    .transactional(async em => {
      const where = { id: { $gt: r.below(ids + 1) } };
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      for (const counter of await em.find(Counter, where, { orderBy: { id: 1 }, limit: 5, lockMode }))
        counter.version += 1;
    })
    .catch(() => {});
}

async function storedFor(receiver: string, orm: MikroORM): Promise<Stored[]> {
  const rows = await orm.em.execute<{ payload: string }[]>(
    `select data->'payload'->>'v' as payload from signals.job where name like ? order by created_on, id`,
    [`${receiver}%`],
  );
  return rows.map(({ payload }) => JSON.parse(payload) as Stored);
}

function byVersion(one: Stored, other: Stored): number {
  return one.version - other.version || Number(one.operation === 'delete') - Number(other.operation === 'delete');
}

/** Checks that the changes of each row begin with its insert, count up by one, and end at the version of the row. */
function wrong(stored: readonly Stored[], versions: ReadonlyMap<number, number>): string[] {
  const last = new Map<number, number | undefined>();
  const faults: string[] = [];
  for (const { operation, key, version } of stored) {
    const before = last.get(key);
    const isNext = {
      insert: !last.has(key) && version === 0,
      update: before !== undefined && version === before + 1,
      delete: before !== undefined && version === before,
    }[operation];
    if (!isNext) faults.push(`${operation} of ${key} to ${version} after ${before}`);
    last.set(key, operation === 'delete' ? undefined : version);
  }
  for (const key of new Set([...versions.keys(), ...last.keys()])) {
    if (versions.get(key) !== last.get(key))
      faults.push(`${key} is ${versions.get(key)} and was sent as ${last.get(key)}`);
  }
  return faults;
}
