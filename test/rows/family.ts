import { defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

export class Animal {
  id!: number;
  type!: string;
  name!: string;
}
export class Cat extends Animal {
  lives?: number | null;
}
export class Dog extends Animal {}

const AnimalSchema = defineEntity({
  class: Animal,
  discriminatorColumn: 'type',
  discriminatorMap: { cat: 'Cat', dog: 'Dog' },
  properties: { id: p.integer().primary(), type: p.string(), name: p.string() },
  triggers: rowSignals(),
} as never);
const CatSchema = defineEntity({
  class: Cat,
  extends: AnimalSchema,
  properties: { lives: p.integer().nullable() },
} as never);
const DogSchema = defineEntity({ class: Dog, extends: AnimalSchema, properties: {} } as never);

export class Parcel {
  id!: number;
}
const ParcelSchema = defineEntity({
  class: Parcel,
  tableName: "Parcel's $signals$ Select",
  properties: { id: p.integer().primary(), label: p.string().fieldName('the "label" $signals$') },
  triggers: rowSignals(),
} as never);

export class Line {
  parcel!: Parcel;
  place!: number;
  count!: number;
}
const LineSchema = defineEntity({
  class: Line,
  properties: {
    parcel: () => p.manyToOne(Parcel).primary().deleteRule('cascade'),
    place: p.integer().primary(),
    count: p.integer(),
  },
  triggers: rowSignals(),
} as never);

export const FAMILY = [AnimalSchema, CatSchema, DogSchema, ParcelSchema, LineSchema] as never;
