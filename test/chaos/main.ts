import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { Database } from './database.ts';
import { randomFrom } from './processes.ts';
import { Senders } from './senders.ts';
import { Workers } from './workers.ts';

/** Kills of senders at each point, of workers, of connections and of the server. */
const KILLS = { each: 20, workers: 20, connections: 20, server: 5 };
const WORKERS = 2;
/** Some of these are lost with connections and with the server. */
const STEADY = 11_000;
const PAUSE_MS = 1500;
/** How long all that is left may take when nobody is killed any more. */
const SETTLING_MS = 90_000;

const seed = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31));
const random = randomFrom(seed);
console.log(`seed ${seed}; the same again: CHAOS_SEED=${seed} npm run test:chaos`);

const server = await startEmbeddedPostgres({ settings: { synchronous_commit: 'on', max_connections: '300' } });
const database = new Database(server.url);
const workers = new Workers(server.url, WORKERS, random);
const senders = new Senders(server.url, random, KILLS.each);
try {
  await database.prepare();
  await workers.start();
  let isOver = false;
  const sending = Promise.all([senders.run(), senders.runSteady(STEADY)]).finally(() => (isOver = true));
  const disturbing = disturb(() => isOver);
  await Promise.all([sending, disturbing]);
  console.log(`senders: ${senders.summary}`);
  console.log(`killed: ${workers.killed} workers, ${database.cut} connections, ${database.crashes} times the server`);
  const left = await database.settle(SETTLING_MS);
  const wrong = [...senders.wrong, ...(await database.wrong(senders.rolledBack)), ...left];
  const orders = await database.count('orders');
  if (orders < 10_000) wrong.push(`only ${orders} orders were committed`);
  console.log(
    `${orders} orders, ${await database.count('receipts')} receipts, ${await database.count('ledger')} entries`,
  );
  for (const one of wrong) console.error(`WRONG: ${one}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await workers.stop();
  await database.close();
  await server.stop();
}
process.exit();

/** Kills workers, connections and the server in turn, until everybody has had enough and nothing is sent any more. */
async function disturb(isOver: () => boolean): Promise<void> {
  const has = () =>
    workers.killed >= KILLS.workers && database.cut >= KILLS.connections && database.crashes >= KILLS.server;
  for (let turn = 0; !(isOver() && has()); turn += 1) {
    await pause(PAUSE_MS / 2 + random(PAUSE_MS));
    if (turn % 4 === 3 && database.crashes < KILLS.server) await database.crash();
    else if (turn % 2 === 0 && workers.killed < KILLS.workers) await workers.killOne();
    else await database.cutOne(random);
  }
}
