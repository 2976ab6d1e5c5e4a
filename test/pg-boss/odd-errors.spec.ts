import { jest } from '@jest/globals';
import { durable, ReceiverFailed } from 'nestjs-signals';
import { engines } from '../support/durable-engines.js';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

function throwing(): never {
  throw new Error('not to be read');
}

function unreadable(): Error {
  const error = new Error('never shown');
  for (const name of ['name', 'message', 'stack', 'code', 'cause'])
    Object.defineProperty(error, name, { get: throwing });
  return error;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
  revoke();
  return proxy;
}

function ofItself(): Error {
  const error = new Error('circular');
  error.cause = error;
  return error;
}

const traps = { get: throwing, has: throwing, getPrototypeOf: throwing, ownKeys: throwing };
const thrown: [string, () => unknown, string][] = [
  ['an object without a prototype', () => Object.create(null), '[Object: null prototype] {}'],
  ['a proxy that is revoked', revoked, '<Revoked Proxy>'],
  ['a proxy that refuses everything', () => new Proxy({ a: 1 }, traps), 'Proxy'],
  ['an error whose getters throw', unreadable, ''],
  ['an object whose text throws', () => ({ toString: throwing, a: 1 }), 'a: 1'],
  ['undefined', () => undefined, 'undefined'],
  ['a symbol', () => Symbol('why'), 'Symbol(why)'],
  ['text', () => 'just text', 'just text'],
  ['an error that is its own cause', ofItself, 'circular'],
  ['an error with megabytes of text', () => new Error('long'.repeat(1_000_000)), 'longlong'],
  ['an error with text that PostgreSQL cannot store', () => new Error('zero \0 half \ud800'), 'zero  half '],
];

quiet();
jest.setTimeout(60_000);

describe.each(engines)('A receiver of durable messages of %s', (_engine, engine) => {
  let t: DurableApp;
  beforeAll(async () => {
    t = await startDurable({ signals: { durable: engine() }, providers: [ReceiverFailed] });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  it.each(thrown)('may throw %s: the message is dead, and it is reported', async (_, make, text) => {
    const error = make();
    const reported: unknown[] = [];
    using _failed = t.app.get(ReceiverFailed).connect(payload => void reported.push(payload.error));
    using _connection = t.placed.connect(
      () => {
        throw error;
      },
      { uid: 'odd', delivery: durable({ retryLimit: 1, backoffMs: 1 }) },
    );
    await t.placed.send('somebody', { name: 'one' });
    await eventually(() => reported.length === 1);

    expect(Object.is(reported[0], error)).toBe(true);
    const [dead] = await t.durable.dead({ receiver: 'odd' });
    expect(dead!.error.message).toContain(text);
    expect(dead!.error.message.length).toBeLessThan(10_000);
    expect(dead!.attempts).toHaveLength(2);
    expect(await t.durable.purge('odd')).toBe(1);
  });
});
