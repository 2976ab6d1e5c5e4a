import { Collection, EntitySchema, PrimaryKeyProp } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Code } from '../../support/code-type.js';

const AddressSchema = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: { city: p.string(), zip: p.string().nullable() },
});
const SettingsSchema = defineEntity({
  name: 'Settings',
  embeddable: true,
  properties: { theme: p.string(), sizes: p.json<number[]>().nullable() },
});

const PersonSchema = defineEntity({
  name: 'Person',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    age: p.integer().nullable(),
    labels: p.json<Record<string, unknown>>().nullable(),
    tags: p.array().nullable(),
    price: p.bigint().nullable(),
    born: p.datetime().nullable(),
    code: p.type(Code).nullable(),
    secret: p.string().nullable().hidden(),
    address: () => p.embedded(AddressSchema).nullable(),
    settings: () => p.embedded(SettingsSchema).object().nullable(),
    loud: p.string().generated('(upper(name)) stored').nullable(),
    version: p.integer().version(),
    friend: () => p.manyToOne(Person).nullable(),
  },
});
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

// Two rows may need each other.
const TeamSchema = defineEntity({
  name: 'Team',
  properties: { id: p.integer().primary(), name: p.string(), captain: () => p.manyToOne(Player).nullable() },
});
export class Team extends TeamSchema.class {}
TeamSchema.setClass(Team);

const PlayerSchema = defineEntity({
  name: 'Player',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    badge: p.string().nullable().unique(),
    team: () => p.manyToOne(Team).nullable(),
  },
});
export class Player extends PlayerSchema.class {}
PlayerSchema.setClass(Player);

const ShelfSchema = defineEntity({
  name: 'Shelf',
  properties: { room: p.string().primary(), place: p.integer().primary(), label: p.string() },
});
export class Shelf extends ShelfSchema.class {
  declare [PrimaryKeyProp]?: ['room', 'place'];
}
ShelfSchema.setClass(Shelf);

const TagSchema = defineEntity({
  name: 'Tag',
  properties: {
    id: p.integer().primary(),
    label: p.string(),
    articles: () => p.manyToMany(Article).mappedBy('tags'),
  },
});
export class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

const ArticleSchema = defineEntity({
  name: 'Article',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    tags: () => p.manyToMany(Tag).inversedBy('articles'),
    related: () => p.manyToMany(Article),
  },
});
export class Article extends ArticleSchema.class {}
ArticleSchema.setClass(Article);

const BoxSchema = defineEntity({
  name: 'Box',
  properties: {
    id: p.integer().primary(),
    label: p.string(),
    things: () => p.oneToMany(Thing).mappedBy('box').orphanRemoval(),
  },
});
export class Box extends BoxSchema.class {}
BoxSchema.setClass(Box);

const ThingSchema = defineEntity({
  name: 'Thing',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    box: () => p.manyToOne(Box).deleteRule('cascade'),
  },
});
export class Thing extends ThingSchema.class {}
ThingSchema.setClass(Thing);

// Table-per-type, three tables deep.
export class Vehicle {
  id!: number;
  brand!: string;
  owner?: Person | null;
  drivers = new Collection<Player>(this);
}
const VehicleSchema = new EntitySchema<Vehicle>({
  class: Vehicle,
  inheritance: 'tpt',
  properties: {
    id: { type: 'integer', primary: true },
    brand: { type: 'string' },
    owner: { kind: 'm:1', entity: () => Person, nullable: true },
    drivers: { kind: 'm:n', entity: () => Player },
  },
});
export class Car extends Vehicle {
  doors!: number;
}
const CarSchema = new EntitySchema<Car, Vehicle>({
  class: Car,
  extends: Vehicle,
  properties: { doors: { type: 'integer' } },
});
export class SportsCar extends Car {
  spoiler?: string | null;
}
const SportsCarSchema = new EntitySchema<SportsCar, Car>({
  class: SportsCar,
  extends: Car,
  properties: { spoiler: { type: 'string', nullable: true } },
});
export class Truck extends Vehicle {
  load!: number;
}
const TruckSchema = new EntitySchema<Truck, Vehicle>({
  class: Truck,
  extends: Vehicle,
  properties: { load: { type: 'integer' } },
});

// Single-table.
export class Animal {
  id!: number;
  name!: string;
}
const AnimalSchema = new EntitySchema<Animal>({
  class: Animal,
  discriminatorColumn: 'kind',
  abstract: true,
  properties: { id: { type: 'integer', primary: true }, name: { type: 'string' } },
});
export class Cat extends Animal {
  lives?: number | null;
}
const CatSchema = new EntitySchema<Cat, Animal>({
  class: Cat,
  extends: Animal,
  discriminatorValue: 'cat',
  properties: { lives: { type: 'integer', nullable: true } },
});
export class Dog extends Animal {
  tricks?: string[] | null;
}
const DogSchema = new EntitySchema<Dog, Animal>({
  class: Dog,
  extends: Animal,
  discriminatorValue: 'dog',
  properties: { tricks: { type: 'json', nullable: true } },
});

export const entities = [
  ...[AddressSchema, SettingsSchema, PersonSchema, TeamSchema, PlayerSchema, ShelfSchema, TagSchema, ArticleSchema],
  ...[
    BoxSchema,
    ThingSchema,
    VehicleSchema,
    CarSchema,
    SportsCarSchema,
    TruckSchema,
    AnimalSchema,
    CatSchema,
    DogSchema,
  ],
];
