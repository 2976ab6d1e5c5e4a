import { Cascade, EntitySchema, PrimaryKeyProp } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';

// The models that Django's programs use.

const ItemSchema = defineEntity({
  name: 'Item',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    qty: p.integer().default(0),
    code: p.string().nullable(),
    // MikroORM looks whether an UPDATE has found its row only where rows are versioned.
    version: p.integer().version(),
  },
});
export class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

const TokenSchema = defineEntity({
  name: 'Token',
  properties: {
    id: p.uuid().primary().$type<string>(),
    touched: p
      .datetime()
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
  },
});
export class Token extends TokenSchema.class {}
TokenSchema.setClass(Token);

const ParentSchema = defineEntity({
  name: 'Parent',
  properties: {
    id: p.integer().primary(),
    name: p.string().default(''),
    children: () => p.oneToMany(Child).mappedBy('parent').cascade(Cascade.PERSIST, Cascade.REMOVE),
  },
});
export class Parent extends ParentSchema.class {}
ParentSchema.setClass(Parent);

const ChildSchema = defineEntity({
  name: 'Child',
  properties: {
    id: p.integer().primary(),
    parent: () => p.manyToOne(Parent),
    grandChildren: () => p.oneToMany(GrandChild).mappedBy('child').cascade(Cascade.PERSIST, Cascade.REMOVE),
  },
});
export class Child extends ChildSchema.class {}
ChildSchema.setClass(Child);

const GrandChildSchema = defineEntity({
  name: 'GrandChild',
  properties: { id: p.integer().primary(), child: () => p.manyToOne(Child) },
});
export class GrandChild extends GrandChildSchema.class {}
GrandChildSchema.setClass(GrandChild);

const HostSchema = defineEntity({
  name: 'Host',
  properties: { id: p.integer().primary(), guests: () => p.oneToMany(Guest).mappedBy('host').cascade(Cascade.REMOVE) },
});
export class Host extends HostSchema.class {}
HostSchema.setClass(Host);

const GuestSchema = defineEntity({
  name: 'Guest',
  properties: { id: p.integer().primary(), host: () => p.manyToOne(Host).nullable() },
});
export class Guest extends GuestSchema.class {}
GuestSchema.setClass(Guest);

const OwnerSchema = defineEntity({
  name: 'Owner',
  properties: { id: p.integer().primary(), memos: () => p.oneToMany(Memo).mappedBy('owner') },
});
export class Owner extends OwnerSchema.class {}
OwnerSchema.setClass(Owner);

const MemoSchema = defineEntity({
  name: 'Memo',
  properties: { id: p.integer().primary(), owner: () => p.manyToOne(Owner).nullable().deleteRule('set null') },
});
export class Memo extends MemoSchema.class {}
MemoSchema.setClass(Memo);

const ToppingSchema = defineEntity({
  name: 'Topping',
  properties: {
    id: p.integer().primary(),
    name: p.string().default(''),
    pizzas: () => p.manyToMany(Pizza).mappedBy('toppings'),
  },
});
export class Topping extends ToppingSchema.class {}
ToppingSchema.setClass(Topping);

const PizzaSchema = defineEntity({
  name: 'Pizza',
  properties: {
    id: p.integer().primary(),
    name: p.string().default(''),
    toppings: () => p.manyToMany(Topping).inversedBy('pizzas'),
  },
});
export class Pizza extends PizzaSchema.class {}
PizzaSchema.setClass(Pizza);

const PersonSchema = defineEntity({
  name: 'Person',
  properties: { id: p.integer().primary(), friends: () => p.manyToMany(Person) },
});
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

const MusicianSchema = defineEntity({ name: 'Musician', properties: { id: p.integer().primary() } });
export class Musician extends MusicianSchema.class {}
MusicianSchema.setClass(Musician);

const BandSchema = defineEntity({
  name: 'Band',
  properties: { id: p.integer().primary(), members: () => p.manyToMany(Musician).pivotEntity(() => Membership) },
});
export class Band extends BandSchema.class {}
BandSchema.setClass(Band);

const MembershipSchema = defineEntity({
  name: 'Membership',
  properties: {
    band: () => p.manyToOne(Band).primary(),
    musician: () => p.manyToOne(Musician).primary(),
    since: p.integer().default(2026),
  },
});
export class Membership extends MembershipSchema.class {
  declare [PrimaryKeyProp]?: ['band', 'musician'];
}
MembershipSchema.setClass(Membership);

/** Multi-table inheritance is called table-per-type here. */
export class Place {
  id!: number;
  name = '';
}
const PlaceSchema = new EntitySchema<Place>({
  class: Place,
  inheritance: 'tpt',
  properties: { id: { type: 'integer', primary: true }, name: { type: 'string' } },
});

export class Restaurant extends Place {
  stars = 0;
}
const RestaurantSchema = new EntitySchema<Restaurant, Place>({
  class: Restaurant,
  extends: Place,
  properties: { stars: { type: 'integer' } },
});

export abstract class Stamped {
  id!: number;
  stamp = '';
}
const StampedSchema = new EntitySchema<Stamped>({
  class: Stamped,
  abstract: true,
  properties: { id: { type: 'integer', primary: true }, stamp: { type: 'string' } },
});

export class Letter extends Stamped {}
const LetterSchema = new EntitySchema<Letter, Stamped>({ class: Letter, extends: Stamped });

export class Parcel extends Stamped {}
const ParcelSchema = new EntitySchema<Parcel, Stamped>({ class: Parcel, extends: Stamped });

export const entities = [
  ...[ItemSchema, TokenSchema, ParentSchema, ChildSchema, GrandChildSchema, HostSchema, GuestSchema, OwnerSchema],
  ...[MemoSchema, ToppingSchema, PizzaSchema, PersonSchema, MusicianSchema, BandSchema, MembershipSchema],
  ...[PlaceSchema, RestaurantSchema, StampedSchema, LetterSchema, ParcelSchema],
];
