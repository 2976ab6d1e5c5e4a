import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { conditionOf, keyValues, type Values } from '../keys.js';
import { Utils } from '../peer.js';

/** Unique values that are complete: those of the primary key, or of a unique constraint. */
export interface UniqueValues {
  /** A condition that holds them as data: a string by itself would be taken for SQL (MikroORM 7.2.1). */
  readonly where: Values;
  /** Equal for equal values. */
  readonly key: string;
}

/** Those of the primary key come first, where it is known. */
export function uniqueValues(meta: EntityMetadata, given: Values): UniqueValues[] {
  // An index that holds only some of the rows says nothing of the others.
  const ofAllRows = meta.uniques.filter(({ expression, where }) => expression === undefined && where === undefined);
  const constraints = [
    meta.primaryKeys,
    ...meta.uniqueProps.map(({ name }) => [name]),
    ...ofAllRows.map(({ properties }) => Utils.asArray(properties)),
  ];
  return constraints.flatMap(names => valuesOf(meta, names, given) ?? []);
}

function valuesOf(meta: EntityMetadata, names: readonly string[], given: Values): UniqueValues | undefined {
  const props = names.flatMap(name => propertyOf(meta, name) ?? []);
  if (props.length === 0 || props.length < names.length || props.some(({ polymorphic }) => polymorphic))
    return undefined;
  const values = props.flatMap(prop => keyValues({ [prop.name]: valueIn(given, prop, meta) }, [prop]));
  if (!values.every(isScalar)) return undefined;
  const key = JSON.stringify([meta.className, props.map(({ name }) => name), values.map(comparable)]);
  return { where: conditionOf(props, values), key };
}

/** A part of an embeddable may be named by its path. */
function propertyOf(meta: EntityMetadata, name: string): EntityProperty | undefined {
  const [first = '', ...path] = name.split('.');
  const prop = meta.properties[first as never] as EntityProperty | undefined;
  return path.reduce((owner, part) => owner?.embeddedProps[part], prop);
}

function valueIn(given: Values, { name, embedded }: EntityProperty, meta: EntityMetadata): unknown {
  if (!embedded) return given[name];
  const [owner, part] = embedded;
  const holder = valueIn(given, meta.properties[owner as never] as EntityProperty, meta);
  return (holder as Values | null | undefined)?.[part];
}

/** What no database takes for anything else than a value. */
function isScalar(value: unknown): boolean {
  const isBinary = value instanceof Date || value instanceof Uint8Array;
  return isBinary || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function comparable(value: unknown): string {
  if (value instanceof Date) return String(value.getTime());
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
