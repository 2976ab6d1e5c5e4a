import { defineEntity, p } from '@mikro-orm/postgresql';
import { jest } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { afterCommit, OnSignal, type PayloadOf, PostSave, ReceiverFailed, Signal } from 'nestjs-signals';
import { expectReceiver, fakeReceiver, muteSignals, recordSignals, settled } from 'nestjs-signals/testing';
import { startOrmApp } from '../support/orm.js';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

class Placed extends Signal<{ name: string }> {}

@Injectable()
class Receivers {
  readonly gate = Promise.withResolvers<void>();

  @OnSignal(Placed, { uid: 'mail', delivery: afterCommit })
  mail({ name }: PayloadOf<Placed>): string {
    return `mailed ${name}`;
  }

  @OnSignal(PostSave, { sender: Item, uid: 'count', batch: true })
  count(payloads: readonly PayloadOf<PostSave, Item>[]): number {
    return payloads.length;
  }

  @OnSignal(PostSave, { sender: Item, uid: 'index', batch: true, delivery: afterCommit })
  index(payloads: readonly PayloadOf<PostSave, Item>[]): number {
    return payloads.length;
  }

  @OnSignal(Placed, { uid: 'slow', delivery: afterCommit({ detached: true }) })
  async slow(): Promise<void> {
    await this.gate.promise;
  }
}

const start = () => startOrmApp({ entities: [ItemSchema], providers: [Placed, Receivers] });

describe('A receiver that is called after commit', () => {
  it('is recorded as deferred, and when it is called with what it answered', async () => {
    await using t = await start();
    t.app.get(Receivers).gate.resolve();
    using sent = recordSignals(t.app, Placed);

    await t.fork().transactional(async () => {
      await t.app.get(Placed).send(null, { name: 'chair' });
      expect(sent.first(Placed)).toMatchObject({
        receivers: [],
        responses: [
          { receiver: 'mail', status: 'deferred', delivery: 'after-commit' },
          { receiver: 'slow', status: 'deferred', delivery: 'after-commit, detached' },
        ],
      });
    });
    await settled(t.app);

    expect(sent.of(Placed)).toHaveLength(1);
    expect(sent.first(Placed)).toMatchObject({
      receivers: ['mail', 'slow'],
      responses: [
        { receiver: 'mail', status: 'fulfilled', value: 'mailed chair' },
        { receiver: 'slow', status: 'fulfilled', value: undefined },
      ],
    });
  });

  it('is waited for and named, although it is detached', async () => {
    await using t = await start();
    await t.app.get(Placed).send(null, { name: 'chair' });

    await expect(settled(t.app, { timeoutMs: 10 })).rejects.toThrow(/not ended: slow \(Placed\)/);

    t.app.get(Receivers).gate.resolve();
    await settled(t.app);
  });

  it('is faked when it is called, and muted when the message is sent', async () => {
    await using t = await start();
    t.app.get(Receivers).gate.resolve();
    const faked: unknown[] = [];
    using _ = fakeReceiver(t.app, 'mail', payload => faked.push(payload));

    await t.fork().transactional(async () => {
      await t.app.get(Placed).send(null, { name: 'chair' });
      using _muted = muteSignals(t.app, 'mail');
      await t.app.get(Placed).send(null, { name: 'table' });
    });

    expect(faked).toEqual([{ name: 'chair' }]);
  });

  it('is recorded with its error, and so is ReceiverFailed although it has no receiver', async () => {
    jest.spyOn(Logger.prototype, 'error').mockReturnValueOnce();
    await using t = await start();
    t.app.get(Receivers).gate.resolve();
    const error = new Error('no mail');
    using _ = fakeReceiver(t.app, 'mail', () => Promise.reject(error));
    using sent = recordSignals(t.app, Placed, ReceiverFailed);

    await t.app.get(Placed).send(null, { name: 'chair' });

    expect(sent.first(Placed).responses).toContainEqual({ receiver: 'mail', status: 'rejected', reason: error });
    expect(sent.first(ReceiverFailed, Placed).payload).toMatchObject({ receiver: 'mail', error });
  });

  it('can be expected to be so', async () => {
    await using t = await start();

    expectReceiver(t.app, Receivers, 'mail').toReceive(Placed, { delivery: afterCommit });
    expectReceiver(t.app, Receivers, 'slow').toReceive(Placed, { delivery: afterCommit({ detached: true }) });
    expectReceiver(t.app, Receivers, 'index').toReceive(PostSave, { delivery: 'after-commit', batch: true });
    expectReceiver(t.app, Receivers, 'mail').not.toReceive(Placed, { delivery: 'inline' });
  });
});

describe('A receiver that is called with many payloads', () => {
  it('stands in the record of each send that it receives', async () => {
    await using t = await start();
    const em = t.fork();
    using sent = recordSignals(t.app, PostSave);

    em.create(Item, { name: 'chair' });
    em.create(Item, { name: 'table' });
    await em.flush();

    expect(sent.of(PostSave, Item).map(({ payload }) => payload.instance.name)).toEqual(['chair', 'table']);
    for (const { receivers, responses } of sent.all) {
      expect(receivers).toEqual(['count', 'index']);
      expect(responses).toContainEqual({ receiver: 'count', status: 'fulfilled', value: 2 });
      expect(responses).toContainEqual({ receiver: 'index', status: 'fulfilled', value: 2 });
    }
  });
});
