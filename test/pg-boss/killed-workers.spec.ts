import { jest } from '@jest/globals';
import { durable, ReceiverFailed } from 'nestjs-signals';
import { SampleProcess } from '../sample/fixtures/sample-process.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

const ORDER_PROCESS = 'test/pg-boss/fixtures/order-process.ts';

quiet();
jest.setTimeout(120_000);

function startProcess(t: DurableApp, isWorker: boolean): Promise<SampleProcess> {
  const env = { SIGNALS_URL: t.orm.config.get('clientUrl')!, SIGNALS_WORKER: isWorker ? 'yes' : 'no' };
  return SampleProcess.start(ORDER_PROCESS, { env });
}

it('A worker that is killed in a last attempt leaves a dead message and a free key, which is reported within 20 seconds', async () => {
  await using t = await startDurable({ providers: [ReceiverFailed] });
  await using worker = await startProcess(t, true);
  await worker.says(/has plain one/);
  await worker.says(/has keyed one/);
  const calls: string[] = [];
  const failures: string[] = [];
  t.app.get(ReceiverFailed).connect(({ receiver, error, message }) => {
    failures.push(`${receiver} ${message.attempt} ${(error as { code?: string }).code}`);
  });
  for (const [uid, key] of [['plain'], ['keyed', () => 'one key']] as const) {
    const delivery = durable({ retryLimit: 0, ...(key && { key }) });
    t.placed.connect(({ name }) => calls.push(`${uid} ${name}`), { uid, delivery });
  }
  await t.placed.send('somebody', { name: 'two' });
  await eventually(() => calls.length > 0);
  expect(calls).toEqual(['plain two']);

  worker.kill('SIGKILL');
  const killed = performance.now();
  await eventually(() => failures.length === 2 && calls.length === 2, 60_000);
  expect(performance.now() - killed).toBeLessThan(20_000);
  expect(await worker.ended).toBe('SIGKILL');
  expect(calls).toEqual(['plain two', 'keyed two']);
  expect(failures.sort()).toEqual(['keyed 1 WORKER_LOST', 'plain 1 WORKER_LOST']);
  const dead = await t.durable.dead();
  expect(dead.map(({ receiver, attemptCount }) => `${receiver} ${attemptCount}`).sort()).toEqual([
    'keyed 1',
    'plain 1',
  ]);
  expect(await t.texts()).toEqual([]);

  expect(await t.durable.retry({ receiver: 'keyed' })).toBe(1);
  await t.settled();
  expect(calls).toEqual(['plain two', 'keyed two', 'keyed one']);
});

it('A process that only sends has nothing open when its application is closed, and ends by itself', async () => {
  await using t = await startDurable();
  await using sender = await startProcess(t, false);
  await sender.says(/sent/);
  const closed = performance.now();

  expect(await sender.ended).toBe(0);
  // A pool would keep what is open for ten seconds.
  expect(performance.now() - closed).toBeLessThan(9000);
  const counts = await t.durable.counts();
  expect(counts.map(({ receiver, waiting }) => `${receiver} ${waiting}`).sort()).toEqual(['keyed 1', 'plain 1']);
});
