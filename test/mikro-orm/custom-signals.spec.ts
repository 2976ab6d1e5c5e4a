import { EntityManager, RequestContext } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable, type Type } from '@nestjs/common';
import { type Message, OnSignal, PostLoad, Signal, SignalsModule } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

class Ordered extends Signal {}

@Injectable()
class Receivers {
  readonly ems: (EntityManager | undefined)[] = [];

  constructor(@Inject(EntityManager) private readonly injected: EntityManager) {}

  @OnSignal(Ordered)
  onOrdered(_payload: object, { em }: Message) {
    this.ems.push(em);
    if (em) this.injected.create(Item, { name: 'of the receiver' });
  }
}

function start() {
  return startOrmApp({
    entities: [ItemSchema],
    imports: [SignalsModule.forFeature([Ordered])],
    providers: [Receivers],
  });
}

describe('A receiver of a signal of the application', () => {
  it('shares the EntityManager of a request with its sender', async () => {
    await using t = await start();

    await RequestContext.create(t.orm.em, async () => {
      const em = t.orm.em.getContext();
      await t.app.get(Ordered).send(null);
      expect(t.app.get(Receivers).ems).toEqual([em]);
    });

    expect(await t.fork().count(Item)).toBe(1);
  });

  it('shares the transaction of its sender', async () => {
    await using t = await start();

    const refused = t.fork().transactional(async em => {
      await t.app.get(Ordered).send(null);
      expect(t.app.get(Receivers).ems).toEqual([em]);
      throw new Error('rolled back');
    });

    await expect(refused).rejects.toThrow('rolled back');
    expect(await t.fork().count(Item)).toBe(0);
  });

  it('has a fresh one where there is no context', async () => {
    await using t = await start();

    await t.app.get(Ordered).send(null);

    expect(t.app.get(Receivers).ems).toEqual([expect.any(EntityManager)]);
    expect(await t.fork().count(Item)).toBe(1);
  });

  it('has the one that the sender names', async () => {
    await using t = await start();
    const em = t.fork();

    await RequestContext.create(t.orm.em, () => t.app.get(Ordered).send(null, {}, { em }));

    expect(t.app.get(Receivers).ems).toEqual([em]);
  });
});

describe('`batch: true` for what comes one by one', () => {
  it.each([Ordered, PostLoad] as Type<Signal<object>>[])('is received at once: %p', SignalOfOne => {
    const signal = new SignalOfOne();

    expect(() => signal.connect(() => {}, { batch: true })).toThrow(/is sent one by one/);
  });
});
