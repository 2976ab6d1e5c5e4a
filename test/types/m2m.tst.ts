import { defineEntity, p } from '@mikro-orm/core';
import { M2mChanged, OnSignal, type PayloadOf, PostSave, through } from 'nestjs-signals';
import { describe, expect, it } from 'tstyche';

const ToppingSchema = defineEntity({ name: 'Topping', properties: { id: p.integer().primary(), name: p.string() } });
class Topping extends ToppingSchema.class {}
const PizzaSchema = defineEntity({
  name: 'Pizza',
  properties: { id: p.integer().primary(), name: p.string(), toppings: () => p.manyToMany(Topping) },
});
class Pizza extends PizzaSchema.class {}

const toppings = through(Pizza, 'toppings');

describe('through', () => {
  it('takes the name of a collection', () => {
    expect(through).type.toBeCallableWith(Pizza, 'toppings' as const);
    expect(through).type.toBeCallableWith(PizzaSchema, 'toppings' as const);
    expect(through).type.not.toBeCallableWith(Pizza, 'name' as const);
    expect(through).type.not.toBeCallableWith(Pizza, 'topings' as const);
  });
});

describe('M2mChanged', () => {
  it('knows both ends of the relation that a receiver asks for', () => {
    class Kitchen {
      @OnSignal(M2mChanged, { sender: toppings })
      cook(payload: PayloadOf<M2mChanged, typeof toppings>) {
        if (payload.reverse) {
          expect(payload.instance).type.toBe<Topping>();
          expect(payload.objects).type.toBe<readonly Pizza[] | null>();
        } else {
          expect(payload.instance).type.toBe<Pizza>();
          expect(payload.objects).type.toBe<readonly Topping[] | null>();
        }
      }
    }
    expect(Kitchen).type.toBeConstructableWith();
  });

  it('says how the payload is written where an entity stands for the relation', () => {
    class Kitchen {
      // @ts-expect-error Property ''write PayloadOf<M2mChanged, Through<{ owner: Pizza; item: Topping }>>'' is missing
      @OnSignal(M2mChanged, { sender: toppings })
      cook(_payload: PayloadOf<M2mChanged, Pizza>) {}

      @OnSignal(M2mChanged, { sender: toppings })
      any(_payload: PayloadOf<M2mChanged>) {}
    }
    expect(Kitchen).type.toBeConstructableWith();
  });

  it('takes relations only, and model signals take entities only', () => {
    // @ts-expect-error Type 'typeof Pizza' is not assignable to type 'Through
    new M2mChanged().connect(() => {}, { sender: Pizza });
    // @ts-expect-error is not assignable to type 'EntityFilter
    new PostSave().connect(() => {}, { sender: toppings });
  });
});
