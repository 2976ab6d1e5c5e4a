import type { EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';

/** The values of an object, by property. */
export type Values = Readonly<Record<string, unknown>>;

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

/** Converts a JavaScript value to that of the database. */
export function storedAs(value: unknown, { customType, name }: EntityProperty, platform: Platform): unknown {
  return customType ? customType.convertToDatabaseValue(value, platform, { mode: 'serialization', key: name }) : value;
}
