import { jest } from '@jest/globals';
import { durable, Signal } from 'nestjs-signals';
import { engines } from '../support/durable-engines.js';
import { quiet } from '../support/quiet.js';
import { startDurable } from './orders.js';

const orders = { Created: class Created extends Signal<{ name: string }> {} };
const users = { Created: class Created extends Signal<{ name: string }> {} };
const named = {
  Created: class Created extends Signal<{ name: string }> {
    static override readonly signalName = 'users.Created';
  },
};

abstract class Audited extends Signal<{ name: string }> {}
const audited = [class Changed extends Audited {}, class Changed extends Audited {}] as const;
class Removed extends Audited {}

quiet();
jest.setTimeout(60_000);

describe.each(engines)('A durable receiver of %s', (_engine, engine) => {
  it('is refused two signals of one name, when it is connected', async () => {
    await using t = await startDurable({ signals: { durable: engine() }, providers: [orders.Created, users.Created] });
    t.app.get(orders.Created).connect(() => {}, { uid: 'audit', delivery: durable() });
    t.app.get(users.Created).connect(() => {}, { uid: 'another', delivery: durable() });

    expect(() => t.app.get(users.Created).connect(() => {}, { uid: 'audit', delivery: durable() })).toThrow(
      expect.objectContaining({
        code: 'SIGNAL_NAME_TAKEN',
        message: expect.stringMatching(/audit[^]*Created[^]*fix: .*signalName/),
      }),
    );
  });

  it('is refused an abstract signal that two of one name extend', async () => {
    await using t = await startDurable({ signals: { durable: engine() }, providers: [Audited as never, ...audited] });

    expect(() => t.app.get(Audited).connect(() => {}, { uid: 'audit', delivery: durable() })).toThrow(
      expect.objectContaining({ code: 'SIGNAL_NAME_TAKEN' }),
    );
  });

  it('has its own messages of each, where `signalName` distinguishes them', async () => {
    await using t = await startDurable({ signals: { durable: engine() }, providers: [orders.Created, named.Created] });
    const calls: string[] = [];
    for (const signal of [orders.Created, named.Created]) {
      const connection = { uid: 'audit', delivery: durable() };
      t.app
        .get(signal)
        .connect((payload, message) => calls.push(`${payload.name} ${message.signal instanceof signal}`), connection);
    }
    await t.app.get(orders.Created).send('somebody', { name: 'order' });
    await t.app.get(named.Created).send('somebody', { name: 'user' });
    await t.settled();

    expect(calls.sort()).toEqual(['order true', 'user true']);
  });

  it('receives what extends an abstract signal, although it was connected after the start', async () => {
    await using t = await startDurable({ signals: { durable: engine() }, providers: [Audited as never, Removed] });
    const calls: string[] = [];
    t.app.get(Audited).connect(({ name }) => calls.push(name), { uid: 'audit', delivery: durable() });
    await t.app.get(Removed).send('somebody', { name: 'one' });
    await t.settled();

    expect(calls).toEqual(['one']);
  });
});
