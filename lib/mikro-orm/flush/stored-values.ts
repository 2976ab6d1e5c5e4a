import type { EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';
import { EntityIdentifier } from '../peer.js';

/** A row as MikroORM snapshots it: database values by property, inline embeddables flattened. */
export type Snapshot = Readonly<Record<string, unknown>>;

export const NOTHING: Snapshot = Object.freeze({});

/** The property of the entity that a key of a snapshot belongs to; undefined for what MikroORM adds itself. */
export function ownerOf(meta: EntityMetadata, key: string): EntityProperty | undefined {
  let prop = meta.properties[key] as EntityProperty | undefined;
  while (prop?.embedded) prop = meta.properties[prop.embedded[0]] as EntityProperty | undefined;
  return prop?.userDefined === false ? undefined : prop;
}

/** Whether the database computes a property with each write. */
export function isFilledIn({ version, generated }: EntityProperty): boolean {
  return version === true || generated !== undefined;
}

/** Whether a snapshot holds the property; a partly loaded entity does not hold all. */
export function holds(snapshot: Snapshot, prop: EntityProperty): boolean {
  if (prop.kind !== 'embedded' || prop.object) return prop.name in snapshot;
  return Object.values(prop.embeddedProps).some(child => holds(snapshot, child));
}

/** The JavaScript value of a property of a snapshot: embeddables as objects, relations as primary keys. */
export function valueOf(snapshot: Snapshot, prop: EntityProperty, platform: Platform): unknown {
  if (prop.kind !== 'embedded' || prop.object) return toJavaScript(snapshot[prop.name], prop, platform);
  const entries = Object.entries(prop.embeddedProps)
    .filter(([, child]) => holds(snapshot, child))
    .map(([name, child]) => [name, valueOf(snapshot, child, platform)] as const);
  // MikroORM stores a missing inline embeddable as nulls.
  return entries.every(([, value]) => value === null) ? null : Object.fromEntries(entries);
}

/** A whole row, by property. */
export function rowOf(meta: EntityMetadata, snapshot: Snapshot, platform: Platform): Record<string, unknown> {
  const owners = new Set(Object.keys(snapshot).map(key => ownerOf(meta, key)));
  const entries = [...owners].flatMap(prop => (prop ? [[prop.name, valueOf(snapshot, prop, platform)] as const] : []));
  return Object.fromEntries(entries);
}

function toJavaScript(stored: unknown, prop: EntityProperty, platform: Platform): unknown {
  const value = stored instanceof EntityIdentifier ? (stored.getValue() as unknown) : stored;
  if (value === null || value === undefined) return null;
  if (prop.kind === 'embedded') return embeddedValue(value, prop, platform);
  if (prop.targetMeta) return keyOf(value, prop.targetMeta, platform);
  const { customType, runtimeType } = prop;
  const shown: unknown = customType
    ? customType.convertToJSValue(value, platform, { mode: 'hydration', force: true })
    : value;
  const isStoredDate = runtimeType === 'Date' && (typeof shown === 'number' || typeof shown === 'string');
  return isStoredDate ? platform.parseDate(shown) : shown;
}

function embeddedValue(value: unknown, prop: EntityProperty, platform: Platform): unknown {
  if (Array.isArray(value)) return value.map(item => embeddedValue(item, prop, platform));
  const data = value as Record<string, unknown>;
  const entries = Object.entries(prop.embeddedProps)
    .filter(([name]) => name in data)
    .map(([name, child]) => [name, toJavaScript(data[name], child, platform)] as const);
  return Object.fromEntries(entries);
}

/** A foreign key; an array where the primary key is composite. */
function keyOf(value: unknown, meta: EntityMetadata, platform: Platform): unknown {
  const props = meta.getPrimaryProps();
  if (props.length === 1) return toJavaScript(value, props[0]!, platform);
  const keys = Array.isArray(value) ? (value as unknown[]) : props.map(({ name }) => (value as Snapshot)[name]);
  return props.map((prop, at) => toJavaScript(keys[at], prop, platform));
}
