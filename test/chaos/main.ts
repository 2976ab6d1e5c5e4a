import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { Database } from './database.ts';
import { FAULTS, FaultyProxy } from './faulty-proxy.ts';
import { randomFrom } from './processes.ts';
import { Senders } from './senders.ts';
import { Workers } from './workers.ts';

/** How many orders are placed: 2,000 where time is short, 10,000 by hand. */
const ORDERS = Number(process.env.CHAOS_ORDERS ?? 2000);
/** How often each thing happens: kills of senders at each point, of workers, of the server, and so on. */
const often = (inTenThousand: number) => Math.max(3, Math.round((inTenThousand * ORDERS) / 10_000));
const TIMES = {
  senders: often(20),
  workers: often(20),
  rests: often(10),
  connections: often(20),
  server: often(10),
  network: often(15),
};
const WORKERS = 3;
/** Some are lost with connections and with the server. */
const STEADY = Math.round(ORDERS * 1.1);
const PAUSE_MS = 1500;
/** How long all that is left may take after the last fault. */
const SETTLING_MS = 60_000;

const seed = Number(process.env.CHAOS_SEED ?? randomInt(2 ** 31));
const random = randomFrom(seed);
console.log(`seed ${seed}; the same again: CHAOS_SEED=${seed} npm run test:chaos`);

const server = await startEmbeddedPostgres({ settings: { synchronous_commit: 'on', max_connections: '300' } });
const database = new Database(server.url);
const proxy = new FaultyProxy(server.url, random);
const workers = new Workers(await proxy.start(), WORKERS, random);
const senders = new Senders(server.url, random, TIMES.senders);
try {
  await database.prepare();
  await workers.start();
  let isOver = false;
  const steady = await senders.startSteady(STEADY);
  const sending = Promise.all([senders.run(), steady.ended]).finally(() => (isOver = true));
  const disturbing = disturb(() => isOver);
  await Promise.all([sending, disturbing]);
  console.log(`senders: ${senders.summary}`);
  const network = [...proxy.made].map(([fault, times]) => `${times} ${fault}`).join(', ');
  console.log(`killed: ${workers.killed} workers, ${database.cut} connections, ${database.crashes} times the server`);
  console.log(`stood still: ${workers.stopped} workers; network: ${network}`);
  await Promise.all([workers.rested(), proxy.healed()]);
  const healed = performance.now();
  const left = await database.settle(SETTLING_MS);
  console.log(`all was delivered ${((performance.now() - healed) / 1000).toFixed(1)} s after the last fault`);
  const wrong = [...senders.wrong, ...(await database.wrong(senders.rolledBack)), ...left];
  const orders = await database.count('orders');
  if (orders < ORDERS) wrong.push(`only ${orders} orders were committed`);
  console.log(
    `${orders} orders, ${await database.count('receipts')} receipts, ${await database.count('mails')} mails, ${await database.count('ledger')} entries`,
  );
  for (const one of wrong) console.error(`WRONG: ${one}`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await workers.stop();
  proxy.stop();
  await database.close();
  await server.stop();
}
process.exit();

/** Does everything in turn that can happen, until all of it has happened often enough and nothing is sent any more. */
async function disturb(isOver: () => boolean): Promise<void> {
  const left = new Map<() => unknown, () => number>([
    [() => workers.killOne(), () => TIMES.workers - workers.killed],
    [() => workers.restOne(), () => TIMES.rests - workers.stopped],
    // Only sessions in a transaction are cut off, and none in the end.
    [() => database.cutOne(random), () => (isOver() ? 0 : TIMES.connections - database.cut)],
    [() => database.crash(), () => TIMES.server - database.crashes],
    ...FAULTS.map(fault => [() => proxy.disturb(fault), () => TIMES.network - proxy.made.get(fault)!] as const),
  ]);
  for (;;) {
    const due = [...left].filter(([, times]) => times() > 0);
    if (due.length === 0 && isOver()) return;
    await pause(PAUSE_MS / 2 + random(PAUSE_MS));
    const [happen] = due[random(Math.max(1, due.length))] ?? [() => database.cutOne(random)];
    await happen();
  }
}
