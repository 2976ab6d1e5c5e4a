import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { Item, startItems, stored } from './items.js';
import { add, WAYS } from './ways.js';

/** Writes down what a second connection can read when it is called. */
@Injectable()
class Warehouse {
  readonly noted: string[] = [];
  seen: string[] = [];
  isFresh = false;

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  @OnSignal(PostSave, { sender: Item, delivery: afterCommit })
  async note({ instance }: PayloadOf<PostSave, Item>, { em, delivery }: Message) {
    this.noted.push(`${instance.name} ${delivery}`);
    this.seen = (await em!.findAll(Item, { orderBy: { id: 1 } })).map(({ name }) => name);
    this.isFresh = !this.em.isInTransaction() && this.em.getContext() === em;
  }
}

describe.each(Object.entries(WAYS))('afterCommit, in %s', (_way, run) => {
  it('runs once the rows can be read by others, and before the committer goes on', async () => {
    await using t = await startItems({ providers: [Warehouse] });
    const warehouse = t.app.get(Warehouse);

    await run(t.fork(), em => {
      add(em, 'chair');
      expect(warehouse.noted).toEqual([]);
    });

    expect(warehouse.noted).toEqual(['chair after-commit']);
    expect(warehouse.seen).toEqual(['chair']);
    expect(warehouse.isFresh).toBe(true);
    expect(await stored(t)).toEqual(['chair']);
  });

  it('does not run for what is rolled back', async () => {
    await using t = await startItems({ providers: [Warehouse] });

    const failing = run(t.fork(), em => {
      add(em, 'chair');
      em.create(Item, { id: 1, name: 'twice' });
      em.create(Item, { id: 1, name: 'twice' });
    });

    await expect(failing).rejects.toThrow('duplicate key');
    expect(t.app.get(Warehouse).noted).toEqual([]);
    expect(await stored(t)).toEqual([]);
  });
});
