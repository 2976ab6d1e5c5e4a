import { jest } from '@jest/globals';
import { durable, type Message, PostSave, SignalRegistry } from 'nestjs-signals';
import { engines } from '../support/durable-engines.js';
import { quiet } from '../support/quiet.js';
import { type DurableApp, Receipt, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

describe.each(engines)('What a durable receiver of %s leaves to be written', (_engine, engine) => {
  let t: DurableApp;
  beforeAll(async () => {
    t = await startDurable({ signals: { durable: engine() } });
  });
  afterAll(() => t[Symbol.asyncDispose]());

  const ways = [
    ['in its transaction', {}],
    ['without one', { transaction: false }],
  ] as const;

  it.each(ways)('%s, is sent with the context of its message, and as caused by it', async (way, options) => {
    const written: unknown[] = [];
    const sentBy: unknown[] = [];
    const delivery = durable(options);
    using _durable = t.placed.connect(
      ({ name }, { em, id }: Message) => {
        sentBy.push(id);
        em!.create(Receipt, { text: name });
      },
      { uid: `writes ${way}`, delivery },
    );
    using _inline = t.app
      .get(PostSave)
      .connect((_payload, { context, causedBy }) => written.push(context, causedBy), { sender: Receipt });
    await t.app.get(SignalRegistry).withContext({ actor: 'ann' }, () => t.placed.send('somebody', { name: 'one' }));
    await t.settled();

    expect(written).toEqual([{ actor: 'ann' }, ...sentBy]);
  });
});
