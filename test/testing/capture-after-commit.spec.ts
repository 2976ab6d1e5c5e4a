import { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf, PostSave, Signal } from 'nestjs-signals';
import { captureAfterCommit, fakeReceiver } from 'nestjs-signals/testing';
import { startOrmApp } from '../support/orm.js';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

class Placed extends Signal<{ name: string }> {}
class Mailed extends Signal<{ name: string }> {}

@Injectable()
class Receivers {
  readonly recorded: string[] = [];

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(Mailed) private readonly mailed: Mailed,
  ) {}

  @OnSignal(PostSave, { sender: Item, uid: 'index', delivery: afterCommit })
  async index({ instance }: PayloadOf<PostSave, Item>, { em }: Message) {
    this.recorded.push(`index ${instance.name}`);
    this.recorded.push(`reads ${(await em!.findAll(Item)).map(({ name }) => name).join()}`);
  }

  @OnSignal(Placed, { uid: 'mail', delivery: afterCommit })
  async mail({ name }: PayloadOf<Placed>) {
    this.em.create(Item, { name: `mail about ${name}` });
    await this.mailed.send(this, { name });
    if (name === 'lost') throw new Error('no mail');
  }

  @OnSignal(Mailed, { uid: 'count', delivery: afterCommit })
  count({ name }: PayloadOf<Mailed>) {
    this.recorded.push(`count ${name}`);
  }
}

const start = () => startOrmApp({ entities: [ItemSchema], providers: [Placed, Mailed, Receivers] });

type App = Awaited<ReturnType<typeof start>>;

/** A test that leaves nothing behind. */
async function rolledBack(t: App, test: (em: EntityManager) => Promise<void>): Promise<void> {
  const rollback = new Error('rolled back');
  await expect(
    t.orm.em.fork().transactional(async em => {
      await test(em);
      throw rollback;
    }),
  ).rejects.toBe(rollback);
  expect(await t.fork().count(Item)).toBe(0);
}

function counted(t: App): string[] {
  return t.app.get(Receivers).recorded.filter(line => line.startsWith('count'));
}

describe('captureAfterCommit', () => {
  it('leaves what is sent beside it alone: it is called after its own COMMIT', async () => {
    await using t = await start();
    const gate = Promise.withResolvers<void>();
    const request = t.orm.em.fork().transactional(async () => {
      await t.app.get(Placed).send('request', { name: 'beside' });
      await gate.promise;
      await t.app.get(Placed).send('request', { name: 'beside, later' });
    });
    await rolledBack(t, async () => {
      const captured = await captureAfterCommit(t.app, async () => {
        await t.app.get(Placed).send('test', { name: 'mine' });
        gate.resolve();
        await request;
      });

      expect(captured.all.map(({ sender }) => sender)).toEqual(['test']);
      expect(counted(t)).toEqual(['count beside', 'count beside, later']);
      await captured.run();
      expect(counted(t)).toEqual(['count beside', 'count beside, later', 'count mine']);
      await t.fork().nativeDelete(Item, {});
    });
  });

  it('is for one of several tests at once', async () => {
    await using t = await start();
    const names = ['one', 'two', 'three'];
    const sent = names.map(() => Promise.withResolvers<void>());
    const test = (name: string, at: number) =>
      rolledBack(t, async () => {
        const captured = await captureAfterCommit(t.app, async () => {
          await t.app.get(Placed).send('test', { name });
          sent[at]!.resolve();
          await Promise.all(sent.map(({ promise }) => promise));
        });
        await captured.run();
        expect(captured.all.map(({ receiver }) => receiver)).toEqual(['mail', 'count', 'index']);
        expect(captured.all[0]!.payload).toEqual({ name });
      });

    await Promise.all(names.map(test));

    expect(counted(t).toSorted()).toEqual(['count one', 'count three', 'count two']);
  });

  it('collects what a commit would call, in order, and calls no receiver', async () => {
    await using t = await start();
    await rolledBack(t, async em => {
      const captured = await captureAfterCommit(t.app, async () => {
        em.create(Item, { name: 'chair' });
        await em.flush();
        await t.app.get(Placed).send('web', { name: 'chair' });
        return 'done';
      });

      expect(captured.value).toBe('done');
      expect(captured.all).toMatchObject([
        { receiver: 'index', delivery: 'after-commit', signal: PostSave, sender: Item },
        { receiver: 'mail', delivery: 'after-commit', signal: Placed, sender: 'web', payload: { name: 'chair' } },
      ]);
    });
    expect(t.app.get(Receivers).recorded).toEqual([]);
  });

  it('calls them when asked, and those of what they send; they read and write in the transaction of the test', async () => {
    await using t = await start();
    await rolledBack(t, async em => {
      const captured = await captureAfterCommit(t.app, async () => {
        em.create(Item, { name: 'chair' });
        await em.flush();
        await t.app.get(Placed).send(null, { name: 'chair' });
      });

      await captured.run();
      await captured.run();

      expect(t.app.get(Receivers).recorded).toEqual([
        ...['index chair', 'reads chair'],
        'count chair',
        ...['index mail about chair', 'reads chair,mail about chair'],
      ]);
      expect(captured.all.map(({ receiver }) => receiver)).toEqual(['index', 'mail', 'count', 'index']);
    });
  });

  it('calls all although one fails, undoes what that has written, and rejects with its error', async () => {
    await using t = await start();
    await rolledBack(t, async em => {
      const captured = await captureAfterCommit(t.app, async () => {
        await t.app.get(Placed).send(null, { name: 'lost' });
        await t.app.get(Placed).send(null, { name: 'chair' });
      });

      await expect(captured.run()).rejects.toThrow('no mail');

      expect((await em.fork({ keepTransactionContext: true }).findAll(Item)).map(({ name }) => name)).toEqual([
        'mail about chair',
      ]);
      expect(t.app.get(Receivers).recorded).not.toContain('count lost');
      const both = await captureAfterCommit(t.app, async () => {
        await t.app.get(Placed).send(null, { name: 'lost' });
        await t.app.get(Placed).send(null, { name: 'lost' });
      });
      await expect(both.run()).rejects.toThrow('2 receivers have failed.');
    });
  });

  it('leaves out what a savepoint has dropped, and what was sent before', async () => {
    await using t = await start();
    await rolledBack(t, async em => {
      await t.app.get(Placed).send(null, { name: 'before' });
      const captured = await captureAfterCommit(t.app, async () => {
        await em.transactional(() => t.app.get(Placed).send(null, { name: 'released' }));
        await em
          .transactional(async () => {
            await t.app.get(Placed).send(null, { name: 'dropped' });
            throw new Error('undone');
          })
          .catch(() => {});
      });

      expect(captured.all.map(({ payload }) => payload)).toEqual([{ name: 'released' }]);
      await captured.run();
      expect(t.app.get(Receivers).recorded).toContain('count released');
    });
  });

  it('leaves alone what commits', async () => {
    await using t = await start();
    const captured = await captureAfterCommit(t.app, async () => {
      await t.fork().transactional(() => t.app.get(Placed).send(null, { name: 'chair' }));
    });

    expect(captured.all).toEqual([]);
    expect(t.app.get(Receivers).recorded).toContain('count chair');
  });

  it('works with `em.begin()`, and calls fakes', async () => {
    await using t = await start();
    const em = t.fork();
    await em.begin();
    const faked: unknown[] = [];
    using _ = fakeReceiver(t.app, 'mail', payload => faked.push(payload));
    const captured = await captureAfterCommit(t.app, () => t.app.get(Placed).send(null, { name: 'chair' }, { em }));

    await captured.run();

    expect(faked).toEqual([{ name: 'chair' }]);
    await em.rollback();
  });

  it('cannot call anybody once the transaction has ended', async () => {
    await using t = await start();
    const em = t.fork();
    await em.begin();
    const captured = await captureAfterCommit(t.app, () => t.app.get(Placed).send(null, { name: 'chair' }, { em }));
    await em.rollback();

    await expect(captured.run()).rejects.toMatchObject({ code: 'NO_TRANSACTION' });
  });
});
