import { EntityManager, EntityRepository } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { Inject, Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostSave, PreSave, Signal } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { entities, Item, Note } from './saving/items.js';

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
