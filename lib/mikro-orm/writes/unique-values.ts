import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { conditionOf, keyValues, propertyOf, type Values } from '../properties.js';
import { mikroOrm } from '../peer.js';

/** The complete values of the primary key, or of a unique constraint. */
export interface UniqueValues {
  /** A condition that holds them as data: a string by itself would be taken for SQL (MikroORM 7.2.1). */
  readonly where: Values;
  /** A string that is equal for equal values. */
  readonly key: string;
}

/** Returns the unique values of a row; those of the primary key come first, if it is known. */
export function uniqueValues(meta: EntityMetadata, row: Values): UniqueValues[] {
  // An index of some of the rows says nothing of the others.
  const ofAllRows = meta.uniques.filter(({ expression, where }) => expression === undefined && where === undefined);
  const constraints = [
    meta.primaryKeys,
    ...meta.uniqueProps.map(({ name }) => [name]),
    ...ofAllRows.map(({ properties }) => mikroOrm.Utils.asArray(properties)),
  ];
  return constraints.flatMap(names => valuesOf(meta, names, row) ?? []);
}

function valuesOf(meta: EntityMetadata, names: readonly string[], row: Values): UniqueValues | undefined {
  const props = names.flatMap(name => propertyAt(meta, name) ?? []);
  if (props.length === 0 || props.length < names.length || props.some(({ polymorphic }) => polymorphic))
    return undefined;
  const values = props.flatMap(prop => keyValues({ [prop.name]: valueIn(row, prop, meta) }, [prop]));
  if (!values.every(isScalar)) return undefined;
  const key = JSON.stringify([meta.className, props.map(({ name }) => name), values.map(comparable)]);
  return { where: conditionOf(props, values), key };
}

/** Returns the property at a path: a part of an embeddable may be named so. */
function propertyAt(meta: EntityMetadata, name: string): EntityProperty | undefined {
  const [first = '', ...path] = name.split('.');
  return path.reduce((owner, part) => owner?.embeddedProps[part], propertyOf(meta, first));
}

function valueIn(row: Values, { name, embedded }: EntityProperty, meta: EntityMetadata): unknown {
  const owner = embedded && propertyOf(meta, embedded[0]);
  if (!embedded || !owner) return row[name];
  return (valueIn(row, owner, meta) as Values | null | undefined)?.[embedded[1]];
}

/** Returns whether every database takes it for a value. */
function isScalar(value: unknown): boolean {
  const isBinary = value instanceof Date || value instanceof Uint8Array;
  return isBinary || ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function comparable(value: unknown): string {
  if (value instanceof Date) return String(value.getTime());
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
