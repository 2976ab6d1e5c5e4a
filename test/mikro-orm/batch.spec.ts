import type { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import {
  M2mChanged,
  type Message,
  OnSignal,
  type PayloadOf,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
  SignalRegistry,
} from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { entities, Item, Tag } from './saving/tagged-items.js';

/** Makes items in one flush. */
async function make(em: EntityManager, ...names: string[]): Promise<Item[]> {
  const items = names.map(name => em.create(Item, { name }));
  await em.flush();
  return items;
}

function namesOf(payloads: readonly { instance: Item }[]): string[] {
  return payloads.map(({ instance }) => instance.name);
}

describe('a receiver with `batch: true`', () => {
  it('is called once per flush, with an array of payloads', async () => {
    @Injectable()
    class Log {
      readonly lines: unknown[] = [];

      @OnSignal(PreSave, { sender: Item, batch: true })
      before(payloads: readonly PayloadOf<PreSave, Item>[]) {
        this.lines.push(['pre_save', namesOf(payloads), payloads.map(({ instance }) => instance.id)]);
      }

      @OnSignal(PostSave, { sender: Item, batch: true })
      after(payloads: readonly PayloadOf<PostSave, Item>[], { sender }: Message) {
        this.lines.push(['post_save', namesOf(payloads), payloads.map(({ created }) => created), sender]);
      }

      @OnSignal([PreDelete, PostDelete], { sender: Item, batch: true })
      removed(payloads: readonly PayloadOf<PostDelete, Item>[], { signal }: Message) {
        this.lines.push([signal.constructor.name, namesOf(payloads)]);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const items = await make(em, 'chair', 'table', 'lamp');
    items[1]!.quantity = 2;
    items.slice(1).forEach(item => (item.quantity = 5));
    em.remove(items[0]!);
    await em.flush();

    expect(t.app.get(Log).lines).toEqual([
      ['pre_save', ['chair', 'table', 'lamp'], [undefined, undefined, undefined]],
      ['post_save', ['chair', 'table', 'lamp'], [true, true, true], Item],
      ['PreDelete', ['chair']],
      ['pre_save', ['table', 'lamp'], [2, 3]],
      ['post_save', ['table', 'lamp'], [false, false], Item],
      ['PostDelete', ['chair']],
    ]);
  });

  it('writes ten thousand rows with one query of its own', async () => {
    @Injectable()
    class Tagger {
      calls = 0;

      @OnSignal(PostSave, { sender: Item, batch: true })
      async tag(payloads: readonly PayloadOf<PostSave, Item>[], { em }: Message) {
        this.calls++;
        await em!.insertMany(
          Tag,
          payloads.map(({ instance }) => ({ name: instance.name })),
        );
      }
    }
    await using t = await startOrmApp({ entities, providers: [Tagger] });

    await make(t.fork(), ...Array.from({ length: 10_000 }, (_, at) => `item ${at}`));

    expect([t.app.get(Tagger).calls, await t.fork().count(Tag)]).toEqual([1, 10_000]);
  });

  it('is decided about for each payload: `fields`, `when` and the sender leave out what it does not want', async () => {
    @Injectable()
    class Log {
      readonly lines: unknown[] = [];

      @OnSignal(PostSave, { sender: Item, fields: ['quantity'], batch: true })
      counted(payloads: readonly PayloadOf<PostSave, Item>[]) {
        this.lines.push(['quantity', namesOf(payloads)]);
      }

      @OnSignal(PostSave, { sender: Item, when: ({ instance }) => instance.name > 'c', batch: true })
      chosen(payloads: readonly PayloadOf<PostSave, Item>[]) {
        this.lines.push(['when', namesOf(payloads)]);
      }

      @OnSignal(PostSave, { sender: Tag, batch: true })
      never() {
        this.lines.push('never');
      }

      @OnSignal(PostSave, { batch: true })
      every(payloads: readonly PayloadOf<PostSave>[], { sender }: Message) {
        this.lines.push(['every', payloads.length, sender]);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const items = await make(em, 'a', 'b', 'c', 'd');
    t.app.get(Log).lines.length = 0;

    items.slice(0, 2).forEach(item => (item.quantity = 1));
    items.slice(2).forEach(item => (item.name += '!'));
    await em.flush();
    await t.app.get(SignalRegistry).mute('Log.counted', async () => {
      items[0]!.quantity = 2;
      em.create(Item, { name: 'e' });
      em.create(Tag, { name: 'new' });
      await t.app.get(SignalRegistry).mute('Log.never', () => em.flush());
    });

    expect(t.app.get(Log).lines).toEqual([
      ['quantity', ['a', 'b']],
      ['when', ['c!', 'd!']],
      ['every', 4, Item],
      ['when', ['e']],
      ['every', 3, undefined],
    ]);
  });

  it('runs after the receivers that are called for each entity, in the order of connection', async () => {
    @Injectable()
    class Log {
      readonly lines: string[] = [];

      @OnSignal(PostSave, { sender: Item, batch: true })
      all(payloads: readonly object[]) {
        this.lines.push(`all ${payloads.length}`);
      }

      @OnSignal(PostSave, { sender: Item, batch: true, before: 'Log.all' })
      allFirst(payloads: readonly object[]) {
        this.lines.push(`all first ${payloads.length}`);
      }

      @OnSignal(PostSave, { sender: Item })
      one({ instance }: PayloadOf<PostSave, Item>) {
        this.lines.push(instance.name);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Log] });

    await make(t.fork(), 'a', 'b');

    expect(t.app.get(Log).lines).toEqual(['a', 'b', 'all first 2', 'all 2']);
  });

  it('changes rows before the SQL, adds to the flush, and is called again for the added ones', async () => {
    @Injectable()
    class Namer {
      readonly recorded: string[][] = [];

      @OnSignal(PreSave, { sender: Item, batch: true })
      name(payloads: readonly PayloadOf<PreSave, Item>[], { em }: Message) {
        this.recorded.push(namesOf(payloads));
        for (const { instance } of payloads) instance.quantity = payloads.length;
        if (this.recorded.length === 1) em!.create(Item, { name: 'added' });
      }
    }
    await using t = await startOrmApp({ entities, providers: [Namer] });

    await make(t.fork(), 'a', 'b');

    expect(t.app.get(Namer).recorded).toEqual([['a', 'b'], ['added']]);
    expect(await t.fork().findAll(Item, { orderBy: { name: 1 } })).toMatchObject([
      { name: 'a', quantity: 2 },
      { name: 'added', quantity: 1 },
      { name: 'b', quantity: 2 },
    ]);
  });

  it('sees values whole that MikroORM writes later', async () => {
    @Injectable()
    class Log {
      readonly seen: unknown[] = [];

      @OnSignal(PreSave, { sender: Item, batch: true })
      look(payloads: readonly PayloadOf<PreSave, Item>[]) {
        this.seen.push(payloads.map(({ instance, changes }) => [instance.code, changes.code]));
      }
    }
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const [a, b] = await make(em, 'a', 'b');
    a!.code = 'x';
    await em.flush();
    t.app.get(Log).seen.length = 0;

    [a!.code, b!.code] = [null, 'x'];
    await em.flush();

    expect(t.app.get(Log).seen[0]).toEqual([
      [null, { from: 'x', to: null }],
      ['x', { from: null, to: 'x' }],
    ]);
    expect(await t.fork().findAll(Item, { orderBy: { id: 1 } })).toMatchObject([{ code: null }, { code: 'x' }]);
  });

  it('takes deletes back, and rolls everything back with its error', async () => {
    @Injectable()
    class Keeper {
      @OnSignal(PreDelete, { sender: Item, batch: true })
      keep(payloads: readonly PayloadOf<PreDelete, Item>[], { em }: Message) {
        for (const { instance } of payloads) if (instance.name === 'kept') em!.persist(instance);
      }

      @OnSignal(PostDelete, { sender: Item, batch: true })
      refuse(payloads: readonly PayloadOf<PostDelete, Item>[]) {
        if (namesOf(payloads).includes('held')) throw new RangeError('not this one');
      }
    }
    await using t = await startOrmApp({ entities, providers: [Keeper] });
    await make(t.fork(), 'kept', 'gone', 'held');
    const em = t.fork();
    (await em.find(Item, { name: ['kept', 'gone'] })).forEach(item => em.remove(item));
    await em.flush();
    const other = t.fork();
    other.remove(await other.findOneOrFail(Item, { name: 'held' }));

    await expect(other.flush()).rejects.toThrow('not this one');
    expect((await t.fork().findAll(Item)).map(({ name }) => name).sort()).toEqual(['held', 'kept']);
  });

  it('has every change of the collections of a flush in one call before the SQL and one after it', async () => {
    @Injectable()
    class Log {
      readonly calls: unknown[] = [];

      @OnSignal(M2mChanged, { batch: true })
      changed(payloads: readonly PayloadOf<M2mChanged>[]) {
        this.calls.push(payloads.map(({ action, objects }) => [action, objects?.length]));
      }
    }
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const [a, b] = await make(em, 'a', 'b');
    a!.tags.add(em.create(Tag, { name: 'x' }), em.create(Tag, { name: 'y' }));
    b!.tags.add(em.create(Tag, { name: 'z' }));

    await em.flush();

    expect(t.app.get(Log).calls).toEqual([
      [
        ['pre_add', 2],
        ['pre_add', 1],
      ],
      [
        ['post_add', 2],
        ['post_add', 1],
      ],
    ]);
  });

  it('may be for one flush, and is given an array of one where somebody sends by hand', async () => {
    await using t = await startOrmApp({ entities });
    const postSave = t.app.get<PostSave>(PostSave);
    const calls: number[] = [];
    postSave.connect(payloads => calls.push(payloads.length), { sender: Item, batch: true, once: true });
    await make(t.fork(), 'a', 'b');
    await make(t.fork(), 'c');
    postSave.connect(payloads => calls.push(payloads.length), { sender: Item, batch: true });
    const instance = await t.fork().findOneOrFail(Item, { name: 'a' });
    await postSave.send(Item, { instance, created: false, updateFields: [], changes: {}, using: 'default' });

    expect(calls).toEqual([2, 1]);
  });
});
