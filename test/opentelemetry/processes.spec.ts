import { jest } from '@jest/globals';
import { durable, PostSave } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { Order } from '../pg-boss/order-placed.js';
import { SampleProcess } from '../sample/fixtures/sample-process.js';
import { quiet } from '../support/quiet.js';
import { startTraced } from './orders.js';
import { idOf, traceOf, tracing, within } from './tracing.js';

quiet();
jest.setTimeout(60_000);
const spans = tracing();

interface ShownSpan {
  readonly name: string;
  readonly id: string;
  readonly trace: string;
  readonly parent?: string;
}

it('One trace goes from a request through its flush into a worker in another process, and what that sends', async () => {
  await using t = await startTraced(pgBoss({ work: false }));
  t.app.get(PostSave).connect(() => {}, { uid: 'receipts.write', sender: Order, delivery: durable() });
  await using worker = await SampleProcess.start('test/opentelemetry/fixtures/worker-process.ts', {
    env: { SIGNALS_URL: t.orm.config.get('clientUrl')! },
  });
  await worker.says(/ready/);
  await within('POST /orders', async () => {
    const em = t.fork();
    em.create(Order, { name: 'one' });
    await em.flush();
  });
  await worker.says(/written/);
  worker.kill('SIGTERM');
  await worker.says(/spans .*\n/);

  expect(spans.tree).toEqual(['POST /orders', '  send PostSave', '    store receipts.write PRODUCER']);
  const there = JSON.parse(/spans (.*)\n/.exec(worker.output)![1]!) as ShownSpan[];
  const named = (name: string) => there.find(one => one.name === name)!;
  expect(new Set(there.map(({ trace }) => trace))).toEqual(new Set([traceOf(spans.named('POST /orders'))]));
  expect(named('process receipts.write').parent).toBe(idOf(spans.named('store receipts.write')));
  expect(named('query').parent).toBe(named('process receipts.write').id);
  expect(named('send OrderPlaced').parent).toBe(named('process receipts.write').id);
  expect(named('receive orders.log').parent).toBe(named('send OrderPlaced').id);
});
