import { jest } from '@jest/globals';
import { durable, type Message, ReceiverFailed, type ReceiverFailedPayload, SignalRegistry } from 'nestjs-signals';
import { engines } from '../support/durable-engines.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

const shown = ({ id, sender, context, attempt, missing }: Message) => ({ id, sender, context, attempt, missing });

describe.each(engines)('Messages of %s that die in one call', (_engine, engine) => {
  let t: DurableApp;
  const reported: ReceiverFailedPayload[] = [];
  beforeAll(async () => {
    t = await startDurable({ signals: { durable: engine() }, providers: [ReceiverFailed] });
    t.app.get(ReceiverFailed).connect(payload => void reported.push(payload), { uid: 'reports' });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  it('are each reported as they were sent, and what reports sends is caused by the one that died', async () => {
    const calls: string[][] = [];
    const sent: object[] = [];
    const registry = t.app.get(SignalRegistry);
    const causes: (string | undefined)[] = [];
    t.placed.connect((_, message) => void sent.push(shown(message)), { uid: 'sent' });
    t.app.get(ReceiverFailed).connect((_, { causedBy }) => void causes.push(causedBy), { uid: 'causes' });
    t.placed.connect(
      payloads => {
        calls.push(payloads.map(({ name }) => name));
        throw new Error('never');
      },
      { uid: 'batch', batch: true, delivery: durable({ concurrency: 1, retryLimit: 0 }) },
    );
    await t.durable.pause('batch');
    await t.fork().transactional(async em => {
      for (const name of ['a', 'b', 'c'])
        await registry.withContext({ by: name }, () => t.placed.send(`sender ${name}`, { name }, { em }));
    });
    await t.durable.resume('batch');
    await eventually(() => reported.length === 3);

    expect(calls).toEqual([['a', 'b', 'c']]);
    const byId = (one: object, other: object) => (one as Message).id.localeCompare((other as Message).id);
    expect(reported.map(({ message }) => shown(message)).sort(byId)).toEqual(sent.sort(byId));
    expect(new Set(causes)).toEqual(new Set(sent.map(one => (one as Message).id)));
  });
});
