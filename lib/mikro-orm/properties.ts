import type { EntityManager, EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';
import { mikroOrm } from './peer.js';

/** The values of an object, by property. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Returns the metadata of an entity in the MikroORM of an EntityManager. Those on its prototype are of the MikroORM that was
 * made last, which may map the same classes in another way (7.2.1).
 */
export function metaOf(entity: object, em: EntityManager): EntityMetadata {
  const { __meta } = mikroOrm.helper(entity);
  return em.getMetadata().find(__meta.class) ?? __meta;
}

/** Returns the property of this name; undefined for a name that the entity does not have. */
export function propertyOf({ properties }: EntityMetadata, name: string): EntityProperty | undefined {
  return properties[name];
}

/** Returns the property of the entity that a key of a snapshot belongs to; undefined for keys that MikroORM adds itself. */
export function ownerOf(meta: EntityMetadata, key: string): EntityProperty | undefined {
  let prop = propertyOf(meta, key);
  while (prop?.embedded) prop = propertyOf(meta, prop.embedded[0]);
  return prop?.userDefined === false ? undefined : prop;
}

/** Returns an object with the same properties and other values. */
export function mapValues(values: Values, map: (value: unknown, name: string) => unknown): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]));
}

/** Converts a JavaScript value to that of the database. */
export function storedAs(value: unknown, { customType, name }: EntityProperty, platform: Platform): unknown {
  return customType ? customType.convertToDatabaseValue(value, platform, { mode: 'serialization', key: name }) : value;
}

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
  const target = mikroOrm.Reference.unwrapReference(value as object);
  if (Array.isArray(target)) return target.flat(Infinity) as unknown[];
  const isKeys = mikroOrm.Utils.isEntity(target, true) || mikroOrm.Utils.isPlainObject(target);
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
