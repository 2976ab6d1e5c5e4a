import type { EntityManager, EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';
import type { StoredEntity } from '../../core/index.js';
import { ownerOf } from '../flush/stored-values.js';

type Values = Record<string, unknown>;

/** What is stored of an entity: database values by property, without what is hidden. */
export function snapshotOf(entity: object, meta: EntityMetadata, em: EntityManager): Values {
  const values = em.getComparator().prepareEntity(entity) as Values;
  const entries = Object.entries(values).filter(([name, value]) => value !== undefined && isShown(meta, name));
  return Object.fromEntries(entries.map(([name, value]) => [name, shown(value, propertyOf(meta, name))]));
}

/** An entity made from its snapshot, which no unit of work knows. */
export function rebuiltFrom({ snapshot, schema }: StoredEntity, meta: EntityMetadata, em: EntityManager): object {
  const platform = em.getPlatform();
  const entries = Object.entries(snapshot).map(
    ([name, value]) => [name, toJavaScript(value, propertyOf(meta, name), platform)] as const,
  );
  return em.getEntityFactory().create(meta.class, Object.fromEntries(entries) as never, {
    merge: false,
    newEntity: false,
    convertCustomTypes: false,
    ...(schema !== undefined && { schema }),
  });
}

function propertyOf(meta: EntityMetadata, name: string): EntityProperty | undefined {
  return meta.properties[name as never] as EntityProperty | undefined;
}

/** Inline embeddables are flattened: both the property and what it is embedded in may be hidden. */
function isShown(meta: EntityMetadata, name: string): boolean {
  const prop = propertyOf(meta, name);
  return prop !== undefined && !prop.hidden && !ownerOf(meta, name)?.hidden;
}

/** An embeddable that is stored as one value has hidden properties inside. */
function shown(value: unknown, prop: EntityProperty | undefined): unknown {
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

function toJavaScript(value: unknown, prop: EntityProperty | undefined, platform: Platform): unknown {
  if (value === null || !prop?.customType || prop.targetMeta) return value;
  return prop.customType.convertToJSValue(value, platform, { mode: 'hydration', force: true });
}

/** What model signals tell beside the entity: objects by property, or lists of such. */
const BY_PROPERTY = ['changes', 'original', 'data', 'where', 'instance'];

/** A payload without the values of hidden properties that stand beside the entity. */
export function withoutHiddenValues(payload: object, meta: EntityMetadata): object {
  const entries = Object.entries(payload).map(([name, value]) =>
    BY_PROPERTY.includes(name) ? [name, withoutHiddenMembers(value, meta)] : [name, value as unknown],
  );
  return Object.fromEntries(entries) as object;
}

function withoutHiddenMembers(value: unknown, meta: EntityMetadata): unknown {
  if (Array.isArray(value)) return value.map(item => withoutHiddenMembers(item, meta));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !propertyOf(meta, name)?.hidden));
}
