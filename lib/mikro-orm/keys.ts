import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { Reference, Utils } from './peer.js';
import { propertyOf, type Values } from './properties.js';

/** Returns the properties behind the columns of a key, in order: those of the keys that it refers to, however deep. */
export function keyColumns(props: readonly EntityProperty[]): EntityProperty[] {
  return props.flatMap(prop => (prop.targetMeta ? keyColumns(referredBy(prop)) : [prop]));
}

/** Returns the values in the columns of a key, in order. MikroORM 7.2.1 takes no nested ones as a condition. */
export function keyValues(values: Values, props: readonly EntityProperty[]): unknown[] {
  return props.flatMap(prop => {
    const value = values[prop.name];
    return prop.targetMeta ? referenceValues(value, prop) : [value];
  });
}

/** Returns the key that a reference holds: an entity, or a key in any form that MikroORM gives it. */
function referenceValues(value: unknown, prop: EntityProperty): unknown[] {
  const target = Reference.unwrapReference(value as object);
  if (Array.isArray(target)) return target.flat(Infinity) as unknown[];
  const isKeys = Utils.isEntity(target, true) || Utils.isPlainObject(target);
  return isKeys ? keyValues(target as Values, referredBy(prop)) : [target];
}

/** Returns a condition for the rows whose columns of these properties hold these values. */
export function conditionOf(props: readonly EntityProperty[], values: readonly unknown[]): Record<string, unknown> {
  let at = 0;
  const entries = props.map(prop => {
    const own = values.slice(at, (at += prop.targetMeta ? keyColumns([prop]).length : 1));
    return [prop.name, own.length === 1 ? own[0] : own] as const;
  });
  return Object.fromEntries(entries);
}

function referredBy({ targetMeta, targetKey }: EntityProperty): EntityProperty[] {
  const target = targetMeta as EntityMetadata;
  const prop = targetKey === undefined ? undefined : propertyOf(target, targetKey);
  return prop ? [prop] : target.getPrimaryProps();
}

/** Returns a key as it is shown: an array if it has several columns. */
export function keyOf(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}
