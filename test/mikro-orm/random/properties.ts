import { isDeepStrictEqual } from 'node:util';
import {
  Article,
  Box,
  Car,
  Cat,
  Dog,
  Person,
  Player,
  Shelf,
  SportsCar,
  Tag,
  Team,
  Thing,
  Truck,
  Vehicle,
} from './entities.js';
import type { Row } from './dump.js';

interface Property {
  /** Few, so that a value is often set to what it was. */
  readonly values: readonly unknown[];
  readonly required?: true;
  readonly isKey?: true;
}

const text = { values: ['a', 'b', 'c'], required: true } as const;
const number = { values: [1, 2, 3], required: true } as const;
const day = (at: number) => new Date(Date.UTC(2026, 0, at));

const vehicle = { brand: text };
const car = { ...vehicle, doors: number };

/** The properties that a program may set, and their values, by entity class. */
export const PROPERTIES: ReadonlyMap<unknown, Readonly<Record<string, Property>>> = new Map<
  unknown,
  Record<string, Property>
>([
  [
    Person,
    {
      name: text,
      age: { values: [null, 1, 2] },
      labels: { values: [null, { a: 1 }, { a: 2, b: ['x'] }, {}] },
      tags: { values: [null, [], ['a'], ['a', 'b c']] },
      price: { values: [null, 12n, 2n ** 40n] },
      born: { values: [null, day(1), day(2)] },
      code: { values: [null, 'x', 'y'] },
      secret: { values: [null, 's', 't'] },
      address: { values: [null, { city: 'Rome' }, { city: 'Rome', zip: '1' }, { city: 'Bonn', zip: null }] },
      settings: { values: [null, { theme: 'dark' }, { theme: 'light', sizes: [1, 2] }] },
    },
  ],
  [Team, { name: text }],
  [Player, { name: text }],
  [Shelf, { label: text }],
  [Tag, { label: text }],
  [Article, { title: text }],
  [Box, { label: text }],
  [Thing, { name: text }],
  [Vehicle, vehicle],
  [Car, car],
  [SportsCar, { ...car, spoiler: { values: [null, 'big', 'small'] } }],
  [Truck, { ...vehicle, load: number }],
  [Cat, { name: text, lives: { values: [null, 8, 9] } }],
  [Dog, { name: text, tricks: { values: [null, ['sit'], ['sit', 'roll']] } }],
]);

export function keysOf(type: unknown): Record<string, 1> {
  return type === Shelf ? { room: 1, place: 1 } : { id: 1 };
}

/** Returns the key of the row that an entity stands for at this moment. */
export function rowKeyOf(entity: object): string {
  const { id, room, place } = entity as { id?: number; room?: string; place?: number };
  return `${entity.constructor.name} ${entity instanceof Shelf ? `${room}/${place}` : id}`;
}

const REFERENCES: Readonly<Record<string, string>> = {
  friend: 'friend_id',
  captain: 'captain_id',
  team: 'team_id',
  owner: 'owner_id',
  box: 'box_id',
};

/** The columns that a property is stored in, with a JavaScript value as the database has it. */
export function columnsOf(property: string, value: unknown): Row {
  if (property === 'address') {
    const { city = null, zip = null } = (value ?? {}) as { city?: string | null; zip?: string | null };
    return { address_city: city, address_zip: zip };
  }
  if (property === 'code') return { code: typeof value === 'string' ? `code:${value}` : null };
  return { [REFERENCES[property] ?? property]: value };
}

/** Whether a value of JavaScript and one that PostgreSQL shows as JSON are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(plain(a), plain(b));
}

function plain(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return new Date(value).toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]));
}
