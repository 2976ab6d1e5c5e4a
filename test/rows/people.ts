import { defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals } from 'nestjs-signals/rows';

export class Person {
  id!: number;
  name!: string;
}
export class Member extends Person {
  level!: number;
}
export class Boss extends Member {
  car!: string;
}
export class Guest extends Person {}

const PersonSchema = defineEntity({
  class: Person,
  inheritance: 'tpt',
  properties: { id: p.integer().primary(), name: p.string() },
  triggers: rowSignals(),
} as never);
const MemberSchema = defineEntity({
  class: Member,
  extends: PersonSchema,
  properties: { level: p.integer() },
} as never);
const BossSchema = defineEntity({ class: Boss, extends: MemberSchema, properties: { car: p.string() } } as never);
const GuestSchema = defineEntity({ class: Guest, extends: PersonSchema, properties: {} } as never);

/** A table for each class; a guest has none but its key. */
export const PEOPLE = [PersonSchema, MemberSchema, BossSchema, GuestSchema];
