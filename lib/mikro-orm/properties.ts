import type { EntityManager, EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';
import { helper } from './peer.js';

/** The values of an object, by property. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * Returns the metadata of an entity in the MikroORM of an EntityManager. Those on its prototype are of the MikroORM that was
 * made last, which may map the same classes in another way (7.2.1).
 */
export function metaOf(entity: object, em: EntityManager): EntityMetadata {
  const { __meta } = helper(entity);
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
