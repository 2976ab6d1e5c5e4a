import { writeSync } from 'node:fs';
import { EntityManager } from '@mikro-orm/core';
import { Client } from 'pg';
import { Order, OrderPlaced, startShop } from './shop.ts';

const [, , url, customer, count, fatalNumber, fatalPoint] = process.argv;
let [current, backend] = [0, 0];

const witness = new Client({ connectionString: url });
witness.on('error', () => {});
await witness.connect();

/** Kills this process, at the point and in the order where it is to die, and says first that it is in a transaction. */
async function reached(point: string): Promise<void> {
  if (current !== Number(fatalNumber) || point !== fatalPoint) return;
  const { rows } = await witness.query<{ state: string; open: boolean }>(
    'select state, xact_start is not null as open from pg_stat_activity where pid = $1',
    [backend],
  );
  writeSync(
    1,
    `${JSON.stringify({ killed: current, point, inside: rows[0]?.open === true, state: rows[0]?.state })}\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}

const app = await startShop(url!, false, reached);
writeSync(1, `${JSON.stringify({ started: true })}\n`);
const em = app.get(EntityManager);
const placed = app.get(OrderPlaced);

/** How many orders a sender that is not to be killed places in one transaction. */
const TOGETHER = Number(fatalNumber) === 0 ? 10 : 1;

async function place(number: number): Promise<void> {
  current = number;
  await em.fork().transactional(async trx => {
    const [row] = await trx
      .getConnection()
      .execute<{ pid: number }[]>('select pg_backend_pid() as pid', [], 'all', trx.getTransactionContext());
    backend = row!.pid;
    await reached('after BEGIN');
    const numbers = Array.from({ length: TOGETHER }, (_, at) => number + at);
    const orders = numbers.map(one => trx.create(Order, { customer: customer!, number: one }));
    await trx.flush();
    await reached('after the data');
    for (const order of orders) await placed.send('the shop', { order }, { em: trx });
    await reached('after the send');
  });
}

let failed = 0;
for (let number = 1; number <= Number(count); number += TOGETHER) {
  // What fails because the database is away may or may not have been committed: the data says.
  await place(number).catch((error: Error) => {
    failed += 1;
    if (process.env.CHAOS_LOG) writeSync(2, `${error.message}\n`);
  });
}
writeSync(1, `${JSON.stringify({ done: true, failed })}\n`);
process.exit(0);
