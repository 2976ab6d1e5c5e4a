import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { mapValues, type Values } from '../properties.js';

/** The columns of a row, as the driver would give them. */
export type Columns = Values;

/** A number whose digits JavaScript would lose. */
class Exact {
  constructor(readonly digits: string) {}
}

/** Reads the columns of a row from the JSON that PostgreSQL has made of it. */
export function columnsOf(json: string, meta: EntityMetadata): Columns {
  const types = columnTypes(meta);
  return mapValues(JSON.parse(json, exactly) as Values, (value, name) => asDriver(value, types.get(name) ?? ''));
}

function exactly(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  if (typeof value !== 'number' || source === undefined || source === String(value)) return value;
  return new Exact(source);
}

function columnTypes(meta: EntityMetadata): ReadonlyMap<string, string> {
  const stored = Object.values(meta.properties).filter(({ fieldNames }) => fieldNames);
  return new Map(stored.flatMap(prop => prop.fieldNames.map((name, at) => [name, typeOf(prop, at)] as const)));
}

function typeOf({ columnTypes: types }: EntityProperty, at: number): string {
  return types?.[at]?.toLowerCase() ?? '';
}

function asDriver(value: unknown, type: string): unknown {
  if (value === null) return null;
  if (type.endsWith('[]') && Array.isArray(value)) return value.map(item => asDriver(item, type.slice(0, -2)));
  if (/^(?:numeric|decimal|bigint|int8|bigserial)/.test(type)) return digitsOf(value as Exact | number | string);
  if (/^(?:real|double|float)/.test(type)) return Number(value instanceof Exact ? value.digits : value);
  if (type.startsWith('timestamp')) return timeOf(value as string);
  if (type === 'point') return pointOf(value as string);
  if (type.startsWith('bytea')) return Buffer.from((value as string).slice(2), 'hex');
  return inexact(value);
}

/** The form in which the driver has it: MikroORM takes every year in it. Nothing is after infinity, so that is no date. */
function timeOf(text: string): unknown {
  return text.endsWith('infinity') ? Number(text.replace('i', 'I')) : text.replace('T', ' ');
}

function pointOf(text: string): { readonly x: number; readonly y: number } {
  const [x, y] = text.slice(1, -1).split(',');
  return { x: Number(x), y: Number(y) };
}

function digitsOf(value: Exact | number | string): string {
  return value instanceof Exact ? value.digits : String(value);
}

/** Inside of JSON, numbers are what `JSON.parse` makes of them, as for any other reader of the column. */
function inexact(value: unknown): unknown {
  if (value instanceof Exact) return Number(value.digits);
  if (Array.isArray(value)) return value.map(inexact);
  if (typeof value !== 'object' || value === null) return value;
  return mapValues(value as Values, inexact);
}
