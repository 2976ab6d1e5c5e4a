import type { EntityManager, EntityMetadata, EntityProperty, Platform, PolymorphicRef } from '@mikro-orm/core';
import type { StoredEntity } from '../../core/index.js';
import { mikroOrm } from '../peer.js';
import { keyColumns, mapValues, ownerOf, propertyOf, type Values } from '../properties.js';

/** Returns the values of an entity to be stored: database values by property, without hidden ones. */
export function storedSnapshot(entity: object, meta: EntityMetadata, em: EntityManager): Values {
  const values = em.getComparator().prepareEntity(entity) as Values;
  const entries = Object.entries(values).filter(([name, value]) => isKnown(value) && isShown(meta, name));
  return Object.fromEntries(entries.map(([name, value]) => [name, shown(value, propertyOf(meta, name))]));
}

/** Makes an entity from its snapshot, which no unit of work knows. */
export function rebuiltFrom({ snapshot, schema }: StoredEntity, meta: EntityMetadata, em: EntityManager): object {
  const platform = em.getPlatform();
  const data = mapValues(snapshot, (value, name) => fromStored(value, propertyOf(meta, name), platform));
  return em.getEntityFactory().create(meta.class, data, {
    merge: false,
    newEntity: false,
    convertCustomTypes: false,
    ...(schema !== undefined && { schema }),
  });
}

/** Returns whether a value is known: only the database knows the value of a raw fragment, and the key of a new row. */
function isKnown(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isKnown);
  if (value instanceof mikroOrm.PolymorphicRef) return isKnown(value.id);
  return (
    value !== undefined &&
    !mikroOrm.isRaw(value) &&
    !(value instanceof mikroOrm.EntityIdentifier && value.getValue() === undefined)
  );
}

/** Returns whether neither the property nor the embeddable that it is flattened from is hidden. */
function isShown(meta: EntityMetadata, name: string): boolean {
  const prop = propertyOf(meta, name);
  return prop !== undefined && !prop.hidden && !ownerOf(meta, name)?.hidden;
}

/** Returns a value without the hidden properties of an embeddable that is stored as one value. */
function shown(value: unknown, prop: EntityProperty | undefined): unknown {
  if (value instanceof mikroOrm.PolymorphicRef)
    return { discriminator: value.discriminator, id: shown(value.id, prop) };
  if (value instanceof mikroOrm.EntityIdentifier) return value.getValue();
  if (prop?.targetMeta && prop.kind !== 'embedded' && Array.isArray(value)) return value.map(part => shown(part, prop));
  if (prop?.kind !== 'embedded' || value === null) return value;
  const data = typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
  return Array.isArray(data)
    ? data.map(item => withoutHidden(item as Values, prop))
    : withoutHidden(data as Values, prop);
}

function withoutHidden(data: Values, prop: EntityProperty): Values {
  const shownProps = Object.entries(prop.embeddedProps).filter(([name, child]) => name in data && !child.hidden);
  return Object.fromEntries(shownProps.map(([name, child]) => [name, shown(data[name], child)]));
}

/** Converts a database value to JavaScript. A value that its type cannot read stays as it is. */
export function fromStored(value: unknown, prop: EntityProperty | undefined, platform: Platform): unknown {
  if (value === null || value === undefined || !prop || prop.kind === 'embedded') return value;
  if (prop.polymorphic) {
    const { discriminator, id } = value as InstanceType<typeof PolymorphicRef>;
    return new mikroOrm.PolymorphicRef(discriminator, id);
  }
  if (prop.targetMeta) return keyFromStored(value, keyColumns([prop]), platform);
  try {
    return (
      prop.customType?.convertToJSValue(value, platform, { mode: 'hydration', force: true, key: prop.name }) ?? value
    );
  } catch {
    return value;
  }
}

/** Converts each column of a key, which may be nested as MikroORM nests it. */
function keyFromStored(value: unknown, columns: readonly EntityProperty[], platform: Platform): unknown {
  const left = [...columns];
  const read = (part: unknown): unknown =>
    Array.isArray(part) ? part.map(read) : fromStored(part, left.shift(), platform);
  return read(value);
}

/** The parts of a payload that are objects by property, or lists of such. */
const BY_PROPERTY = ['changes', 'original', 'data', 'where', 'instance'];

/** Returns a payload without the values of hidden properties that stand beside the entity. */
export function withoutHiddenValues(payload: object, meta: EntityMetadata): object {
  return mapValues(payload as Values, (value, name) =>
    BY_PROPERTY.includes(name) ? withoutHiddenMembers(value, meta) : value,
  );
}

function withoutHiddenMembers(value: unknown, meta: EntityMetadata): unknown {
  if (Array.isArray(value)) return value.map(item => withoutHiddenMembers(item, meta));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !propertyOf(meta, name)?.hidden));
}
