import { EntityManager, EntityRepository } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable, type Type } from '@nestjs/common';
import {
  type Message,
  OnSignal,
  type PayloadOf,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
  Signal,
} from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const ItemSchema = defineEntity({
  name: 'Item',
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    quantity: p.integer().default(0),
    price: p.bigint().nullable(),
    madeOn: p.datetime().nullable(),
    labels: p.json<{ color?: string }>().nullable(),
    tags: p.array().nullable(),
    parent: () => p.manyToOne(Item).nullable(),
  },
});
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

const NoteSchema = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

const entities = [ItemSchema, NoteSchema];

/** Records every model signal of items. */
@Injectable()
class Log {
  readonly lines: unknown[] = [];

  @OnSignal(PreSave, { sender: Item })
  preSave({ instance, created }: PayloadOf<PreSave, Item>) {
    this.lines.push(['pre_save', instance.name, { created, id: instance.id }]);
  }

  @OnSignal(PostSave, { sender: Item })
  postSave({ instance, created }: PayloadOf<PostSave, Item>) {
    this.lines.push(['post_save', instance.name, { created, id: instance.id }]);
  }

  @OnSignal(PreDelete, { sender: Item })
  preDelete({ instance }: PayloadOf<PreDelete, Item>) {
    this.lines.push(['pre_delete', instance.name, instance.id]);
  }

  @OnSignal(PostDelete, { sender: Item })
  postDelete({ instance }: PayloadOf<PostDelete, Item>) {
    this.lines.push(['post_delete', instance.name, instance.id]);
  }
}

/** The payloads of one signal, as they were when it was sent. */
function recorderOf(signal: typeof PreSave | typeof PostSave): Type<{ payloads: PayloadOf<PostSave, Item>[] }> {
  @Injectable()
  class Recorder {
    readonly payloads: PayloadOf<PostSave, Item>[] = [];

    @OnSignal(signal, { sender: Item })
    record(payload: PayloadOf<PostSave, Item>) {
      this.payloads.push(payload);
    }
  }
  return Recorder;
}

describe('a flush', () => {
  it('sends a pair for a new row: the key is known afterwards', async () => {
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect(t.app.get(Log).lines).toEqual([
      ['pre_save', 'chair', { created: true, id: undefined }],
      ['post_save', 'chair', { created: true, id: 1 }],
    ]);
  });

  it('sends a pair for a changed row, and none when nothing changed or it was changed back', async () => {
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();
    t.app.get(Log).lines.length = 0;

    item.name = 'table';
    await em.flush();
    await em.flush();
    item.quantity = 7;
    item.quantity = 0;
    await em.flush();

    expect(t.app.get(Log).lines).toEqual([
      ['pre_save', 'table', { created: false, id: 1 }],
      ['post_save', 'table', { created: false, id: 1 }],
    ]);
  });

  it('sends a pair for a removed row, whose instance keeps its key', async () => {
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();
    t.app.get(Log).lines.length = 0;

    em.remove(item);
    await em.flush();

    expect(t.app.get(Log).lines).toEqual([
      ['pre_delete', 'chair', 1],
      ['post_delete', 'chair', 1],
    ]);
  });

  it('sends nothing for what was persisted and removed before it', async () => {
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    em.remove(em.create(Item, { name: 'chair' }));

    await em.flush();

    expect(t.app.get(Log).lines).toEqual([]);
  });

  it('sends everything before the SQL first, then everything after it', async () => {
    await using t = await startOrmApp({ entities, providers: [Log] });
    const em = t.fork();
    const old = em.create(Item, { name: 'old' });
    await em.flush();
    t.app.get(Log).lines.length = 0;

    em.create(Item, { name: 'a' });
    em.create(Item, { name: 'b' });
    em.remove(old);
    await em.flush();

    const kinds = t.app.get(Log).lines.map(line => (line as string[]).slice(0, 2).join(' '));
    expect(kinds).toEqual([
      'pre_delete old',
      'pre_save a',
      'pre_save b',
      'post_save a',
      'post_save b',
      'post_delete old',
    ]);
  });

  it('sends the same in a transaction, before it is committed', async () => {
    await using t = await startOrmApp({ entities, providers: [Log] });
    const lines = t.app.get(Log).lines;

    await t.fork().transactional(async em => {
      em.create(Item, { name: 'chair' });
      await em.flush();
      expect(lines).toHaveLength(2);
    });
    const em = t.fork();
    await em.begin();
    em.create(Item, { name: 'table' });
    await em.commit();

    expect(lines.map(line => (line as string[]).slice(0, 2).join(' '))).toEqual([
      'pre_save chair',
      'post_save chair',
      'pre_save table',
      'post_save table',
    ]);
  });

  it('names the context of its MikroORM, and calls no receiver of another entity', async () => {
    const Recorder = recorderOf(PostSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    em.create(Note, { text: 'not for us' });
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect(t.app.get(Recorder).payloads.map(({ using }) => using)).toEqual(['default']);
  });
});

describe('changes', () => {
  it('hold every set property of a new row, without `from`', async () => {
    const Recorder = recorderOf(PreSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    const madeOn = new Date('2026-01-02T03:04:05Z');
    em.create(Item, { name: 'chair', price: 12n, madeOn, labels: { color: 'red' }, tags: ['a', 'b'] });

    await em.flush();

    const [payload] = t.app.get(Recorder).payloads;
    expect(payload!.updateFields).toBeNull();
    expect(payload!.changes).toMatchObject({
      name: { to: 'chair' },
      quantity: { to: 0 },
      price: { to: 12n },
      madeOn: { to: madeOn },
      labels: { to: { color: 'red' } },
      tags: { to: ['a', 'b'] },
    });
    expect(Object.values(payload!.changes).some(change => 'from' in change)).toBe(false);
  });

  it('hold the changed properties of an updated row, in JavaScript values on both sides', async () => {
    const Recorder = recorderOf(PostSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    const parent = em.create(Item, { name: 'parent' });
    em.create(Item, { name: 'chair', price: 12n, labels: { color: 'red' }, tags: ['a'] });
    await em.flush();
    t.app.get(Recorder).payloads.length = 0;

    const later = t.fork();
    const item = await later.findOneOrFail(Item, { name: 'chair' });
    item.price = 13n;
    item.madeOn = new Date('2026-01-02T03:04:05Z');
    item.labels!.color = 'blue';
    item.tags = null;
    item.parent = later.getReference(Item, parent.id);
    await later.flush();

    const [payload] = t.app.get(Recorder).payloads;
    expect(payload!.changes).toEqual({
      price: { from: 12n, to: 13n },
      madeOn: { from: null, to: new Date('2026-01-02T03:04:05Z') },
      labels: { from: { color: 'red' }, to: { color: 'blue' } },
      tags: { from: ['a'], to: null },
      parent: { from: null, to: parent.id },
    });
    expect([...payload!.updateFields!].sort()).toEqual(['labels', 'madeOn', 'parent', 'price', 'tags']);
  });

  it('leave `from` out where the property had not been loaded', async () => {
    const Recorder = recorderOf(PostSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    em.create(Item, { name: 'chair', quantity: 1 });
    await em.flush();
    t.app.get(Recorder).payloads.length = 0;

    const later = t.fork();
    const item = await later.findOneOrFail(Item, { name: 'chair' }, { fields: ['name'] });
    (item as Item).quantity = 2;
    await later.flush();

    expect(t.app.get(Recorder).payloads[0]!.changes).toEqual({ quantity: { to: 2 } });
  });

  it('decide whether a receiver that asks for fields is called; a new row always counts', async () => {
    @Injectable()
    class Stock {
      readonly received: string[] = [];

      @OnSignal(PostSave, { sender: Item, fields: ['quantity', 'price'] })
      onChange({ instance, updateFields }: PayloadOf<PostSave, Item>) {
        this.received.push(`${instance.name} ${updateFields?.join() ?? 'new'}`);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Stock] });
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();

    item.name = 'table';
    await em.flush();
    item.quantity = 2;
    await em.flush();

    expect(t.app.get(Stock).received).toEqual(['chair new', 'table quantity']);
  });
});

describe('original', () => {
  it('is the deleted row as it was last read', async () => {
    @Injectable()
    class Undertaker {
      readonly originals: unknown[] = [];

      @OnSignal([PreDelete, PostDelete], { sender: Item })
      bury({ original }: PayloadOf<PostDelete, Item>) {
        this.originals.push(original);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Undertaker] });
    const em = t.fork();
    em.create(Item, { name: 'chair', price: 12n, tags: ['a'] });
    await em.flush();

    const later = t.fork();
    const item = await later.findOneOrFail(Item, { name: 'chair' });
    item.name = 'changed, and never stored';
    later.remove(item);
    await later.flush();

    const [before, after] = t.app.get(Undertaker).originals;
    expect(before).toMatchObject({ name: 'chair', price: 12n, tags: ['a'], parent: null });
    expect(after).toEqual(before);
  });
});

describe('a receiver of PreSave', () => {
  it('changes what is written', async () => {
    @Injectable()
    class Normaliser {
      @OnSignal(PreSave, { sender: Item })
      normalise({ instance }: PayloadOf<PreSave, Item>) {
        instance.name = instance.name.toLowerCase();
      }
    }
    await using t = await startOrmApp({ entities, providers: [Normaliser] });
    const em = t.fork();
    const item = em.create(Item, { name: 'CHAIR' });
    await em.flush();
    item.name = 'TABLE';
    item.quantity = 3;
    await em.flush();

    expect(await t.fork().findAll(Item)).toMatchObject([{ name: 'table', quantity: 3 }]);
  });

  it('stops the flush with its error, before any row is written', async () => {
    const refusal = new RangeError('no chairs');
    @Injectable()
    class Guard {
      @OnSignal(PreSave, { sender: Item })
      refuse() {
        throw refusal;
      }
    }
    await using t = await startOrmApp({ entities, providers: [Guard] });
    const em = t.fork();
    em.create(Note, { text: 'goes with it' });
    em.create(Item, { name: 'chair' });

    await expect(em.flush()).rejects.toBe(refusal);
    expect([await t.fork().count(Item), await t.fork().count(Note)]).toEqual([0, 0]);
  });
});

describe('a receiver of PostSave', () => {
  @Injectable()
  class Notes {
    constructor(
      @InjectRepository(Note) private readonly notes: EntityRepository<Note>,
      @Inject(EntityManager) private readonly em: EntityManager,
    ) {}

    /** A service that knows nothing of signals. */
    write(text: string): void {
      this.em.persist(this.notes.create({ text }));
    }

    count(): Promise<number> {
      return this.notes.count();
    }
  }
  const imports = [MikroOrmModule.forFeature([Item, Note])];

  it('writes in the same transaction through a service with an injected repository', async () => {
    @Injectable()
    class Auditor {
      constructor(@Inject(Notes) private readonly notes: Notes) {}

      @OnSignal(PostSave, { sender: Item })
      onSave({ instance }: PayloadOf<PostSave, Item>) {
        this.notes.write(`saved ${instance.name}`);
      }
    }
    await using t = await startOrmApp({ entities, imports, providers: [Notes, Auditor] });
    const em = t.fork();
    em.create(Item, { name: 'chair' });
    em.create(Item, { name: 'table' });
    await em.flush();
    await expect(
      t.fork().transactional(async inner => {
        inner.create(Item, { name: 'lost' });
        await inner.flush();
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');

    expect((await t.fork().findAll(Note)).map(({ text }) => text)).toEqual(['saved chair', 'saved table']);
  });

  it('sees the rows of the flush, which no other connection sees yet', async () => {
    @Injectable()
    class Reader {
      readonly seen: unknown[] = [];
      orm!: { fork(): EntityManager };

      constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

      @OnSignal(PostSave, { sender: Item })
      async onSave(_payload: object, message: Message) {
        const outside = this.orm.fork();
        this.seen.push(await this.em.count(Item), await outside.count(Item), message.em === this.em.getContext());
      }
    }
    await using t = await startOrmApp({ entities, providers: [Reader] });
    t.app.get(Reader).orm = t;
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect(t.app.get(Reader).seen).toEqual([1, 0, true]);
  });

  it('has an EntityManager of its own: what one loads or leaves unsaved is not the next one’s', async () => {
    @Injectable()
    class Two {
      readonly ems: unknown[] = [];

      @OnSignal(PostSave, { sender: Item, uid: 'first' })
      async first(_payload: object, { em }: Message) {
        this.ems.push(em);
        await em!.findAll(Item);
      }

      @OnSignal(PostSave, { sender: Item, uid: 'second' })
      second(_payload: object, { em }: Message) {
        this.ems.push(em, em!.getUnitOfWork().getIdentityMap().keys().length);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Two] });
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await em.flush();

    const [first, second, loaded] = t.app.get(Two).ems;
    expect(first).not.toBe(second);
    expect(first).not.toBe(em);
    expect(loaded).toBe(0);
  });

  it('rolls everything back with its error, its own rows and those of the flush', async () => {
    const refusal = new RangeError('too late');
    @Injectable()
    class Auditor {
      constructor(@Inject(Notes) private readonly notes: Notes) {}

      @OnSignal(PostSave, { sender: Item, uid: 'a' })
      write() {
        this.notes.write('gone');
      }

      @OnSignal(PostSave, { sender: Item, uid: 'b' })
      refuse() {
        throw refusal;
      }
    }
    await using t = await startOrmApp({ entities, imports, providers: [Notes, Auditor] });
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await expect(em.flush()).rejects.toBe(refusal);
    expect([await t.fork().count(Item), await t.fork().count(Note)]).toEqual([0, 0]);
  });

  it('may send a signal of its own, whose receivers write with it', async () => {
    class ItemMade extends Signal<{ name: string }> {}
    @Injectable()
    class Chain {
      constructor(
        @Inject(ItemMade) private readonly itemMade: ItemMade,
        @Inject(Notes) private readonly notes: Notes,
      ) {}

      @OnSignal(PostSave, { sender: Item })
      async onSave({ instance }: PayloadOf<PostSave, Item>) {
        await this.itemMade.send(this, { name: instance.name });
      }

      @OnSignal(ItemMade)
      onMade({ name }: PayloadOf<ItemMade>) {
        this.notes.write(`made ${name}`);
      }
    }
    await using t = await startOrmApp({ entities, imports, providers: [Notes, ItemMade, Chain] });
    const em = t.fork();
    em.create(Item, { name: 'chair' });

    await em.flush();

    expect((await t.fork().findAll(Note)).map(({ text }) => text)).toEqual(['made chair']);
  });

  it('leaves the EntityManager of the sender as it was', async () => {
    @Injectable()
    class Auditor {
      constructor(@Inject(Notes) private readonly notes: Notes) {}

      @OnSignal(PostSave, { sender: Item })
      onSave() {
        this.notes.write('noted');
      }
    }
    await using t = await startOrmApp({ entities, imports, providers: [Notes, Auditor] });
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();

    expect(em.isInTransaction()).toBe(false);
    expect(em.getUnitOfWork().getIdentityMap().values()).toEqual([item]);
    item.name = 'table';
    await em.flush();
    expect(await t.fork().findAll(Item)).toMatchObject([{ name: 'table' }]);
  });
});
