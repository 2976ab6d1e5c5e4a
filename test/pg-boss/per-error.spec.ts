import { hostname } from 'node:os';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { durable, type DurableOptions, type Message, PermanentFailure } from 'nestjs-signals';
import { engines } from '../support/durable-engines.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';

class Refused extends Error {}

quiet();
jest.setTimeout(60_000);

describe.each(engines)('A durable receiver of %s that fails', (_engine, engine) => {
  let t: DurableApp;
  beforeAll(async () => {
    t = await startDurable({ signals: { durable: engine() } });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  // Each test has a receiver of its own: what it is for one name stays as it was first said.
  let uid = '';
  let count = 0;
  beforeEach(() => {
    uid = `x${(count += 1)}`;
  });
  const dead = () => t.durable.dead({ receiver: uid });

  type Receive = (payload: { name: string }, message: Message) => unknown;
  const connect = (receive: Receive, options: DurableOptions) =>
    t.placed.connect((payload, message) => receive(payload, message), {
      uid,
      delivery: durable({ backoffMs: 1, ...options } as DurableOptions),
    });

  async function deliver(name = 'one'): Promise<void> {
    await t.placed.send('somebody', { name });
    await t.settled();
  }

  it('is not repeated when it throws PermanentFailure', async () => {
    const cause = new Error('no such address');
    using _ = connect(
      () => {
        throw new PermanentFailure('the customer has moved', { cause });
      },
      { retryLimit: 5 },
    );
    await deliver();

    const [one] = await dead();
    expect(one).toMatchObject({
      attemptCount: 1,
      attempts: [{ error: { name: 'PermanentFailure', message: 'the customer has moved' } }],
      error: { cause: { name: 'Error', message: 'no such address' } },
    });
  });

  it('is repeated only when retryWhen says so, which is given the error and the attempt', async () => {
    const asked: unknown[] = [];
    using _ = connect(
      (_payload, { attempt }) => {
        throw attempt < 3 ? new Error('busy') : new Refused('no');
      },
      {
        retryLimit: 5,
        retryWhen: (error, attempt) => {
          asked.push((error as Error).message, attempt);
          return !(error instanceof Refused);
        },
      },
    );
    await deliver();

    expect(asked).toEqual(['busy', 1, 'busy', 2, 'no', 3]);
    expect(await dead()).toMatchObject([{ attemptCount: 3 }]);
  });

  it('is repeated when retryWhen itself throws, which is logged', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    using _ = connect(() => Promise.reject(new Error('no')), {
      retryLimit: 1,
      retryWhen: () => {
        throw new Error('which error?');
      },
    });
    await deliver();

    expect(await dead()).toMatchObject([{ attemptCount: 2 }]);
    const [text] = log.mock.calls.find(([, stack]) => String(stack).includes('which error?'))!;
    expect(text).toBe(`${uid} failed on OrderPlaced: in retryWhen`);
  });

  it('is called with each message of a batch alone before one of them is dead for good', async () => {
    using _ = t.placed.connect(
      payloads => {
        if (payloads.some(({ name }) => name === 'poison')) throw new PermanentFailure('poison');
      },
      { uid, batch: true, delivery: durable({ retryLimit: 3, backoffMs: 1, concurrency: 1 }) },
    );
    await t.durable.pause(uid);
    for (const name of ['a', 'poison', 'b']) await t.placed.send('somebody', { name });
    await t.durable.resume(uid);
    await t.settled();

    expect(await dead()).toMatchObject([{ attemptCount: 2, error: { message: 'poison' } }]);
  });

  it('has its last ten errors kept, with when and where', async () => {
    const begun = Date.now();
    using _ = connect(
      (_payload, { attempt }) => {
        throw new Error(`no ${attempt}`);
      },
      { retryLimit: 11 },
    );
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();

    const [one] = await dead();
    expect(one!.attemptCount).toBe(12);
    expect(one!.attempts.map(({ error }) => error.message)).toEqual(
      [3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(attempt => `no ${attempt}`),
    );
    expect(one!.attempts[0]!.error.stack).toContain('per-error.spec');
    for (const { at, worker } of one!.attempts) {
      expect(at.getTime()).toBeGreaterThanOrEqual(begun);
      expect(worker).toBe(`${hostname()}:${process.pid}`);
    }
  });

  it('is logged in one record for each attempt: receiver, message, which attempt of how many, and when the next is', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const ids = new Set<string>();
    using _ = connect(
      (_payload, { id }) => {
        ids.add(id);
        throw new Refused('no');
      },
      { retryLimit: 1 },
    );
    await deliver();

    const [id] = ids;
    expect(log.mock.calls).toEqual([
      [
        expect.stringMatching(
          new RegExp(
            `^${uid} failed on OrderPlaced: message ${id}, attempt 1 of 2, next at \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`,
          ),
        ),
        expect.stringContaining('Error: no'),
      ],
      [`${uid} failed on OrderPlaced: message ${id}, attempt 2 of 2, dead`, expect.stringContaining('Error: no')],
    ]);
  });
});

describe('retryWhen', () => {
  it.each([true, async () => true])('is refused when it is no synchronous function: %p', retryWhen => {
    expect(() => durable({ retryWhen: retryWhen as never })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringContaining('retryWhen') }),
    );
  });
});
