import { PrimaryKeyProp } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';

const PizzaSchema = defineEntity({
  name: 'Pizza',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    toppings: () => p.manyToMany(Topping).inversedBy('pizzas'),
    sauces: () => p.manyToMany(Sauce),
    mild: { kind: 'm:n', entity: () => Topping, where: { heat: 0 } },
    eaters: () => p.manyToMany(Eater),
    shop: () => p.manyToOne(Shop).nullable(),
  },
});
export class Pizza extends PizzaSchema.class {}
PizzaSchema.setClass(Pizza);

export const ToppingSchema = defineEntity({
  name: 'Topping',
  filters: { cold: { name: 'cold', cond: { heat: 0 }, default: false } },
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    heat: p.integer().default(0),
    pizzas: () => p.manyToMany(Pizza).mappedBy('toppings'),
  },
});
export class Topping extends ToppingSchema.class {}
ToppingSchema.setClass(Topping);

const SauceSchema = defineEntity({
  name: 'Sauce',
  properties: { kind: p.string().primary(), strength: p.integer().primary() },
});
export class Sauce extends SauceSchema.class {
  declare [PrimaryKeyProp]?: ['kind', 'strength'];
}
SauceSchema.setClass(Sauce);

const EaterSchema = defineEntity({
  name: 'Eater',
  filters: { living: { name: 'living', cond: { dead: false }, default: true } },
  properties: { id: p.integer().primary(), dead: p.boolean() },
});
export class Eater extends EaterSchema.class {}
EaterSchema.setClass(Eater);

const ShopSchema = defineEntity({
  name: 'Shop',
  properties: { id: p.integer().primary(), pizzas: () => p.oneToMany(Pizza).mappedBy('shop') },
});
export class Shop extends ShopSchema.class {}
ShopSchema.setClass(Shop);

const PersonSchema = defineEntity({
  name: 'Person',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    follows: () => p.manyToMany(Person).inversedBy('followers'),
    followers: () => p.manyToMany(Person).mappedBy('follows'),
  },
});
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

const BandSchema = defineEntity({
  name: 'Band',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    members: () => p.manyToMany(Person).pivotEntity(() => Membership),
  },
});
export class Band extends BandSchema.class {}
BandSchema.setClass(Band);

const MembershipSchema = defineEntity({
  name: 'Membership',
  properties: {
    band: () => p.manyToOne(Band).primary(),
    person: () => p.manyToOne(Person).primary(),
    since: p.integer().default(2026),
  },
});
export class Membership extends MembershipSchema.class {
  declare [PrimaryKeyProp]?: ['band', 'person'];
}
MembershipSchema.setClass(Membership);

export const entities = [
  PizzaSchema,
  ToppingSchema,
  SauceSchema,
  EaterSchema,
  ShopSchema,
  PersonSchema,
  BandSchema,
  MembershipSchema,
];
