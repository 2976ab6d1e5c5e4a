import type { EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';
import { objectOf } from './lazy-object.js';
import { mikroOrm } from '../peer.js';
import { keyColumns, keyOf, ownerOf, type Values } from '../properties.js';

/** A row as MikroORM snapshots it: database values by property, inline embeddables flattened. */
export type Snapshot = Values;

export const NOTHING: Snapshot = Object.freeze({});

/** Returns whether the database computes a property with each write. */
export function isFilledIn({ version, generated }: EntityProperty): boolean {
  return version === true || generated !== undefined;
}

/** Returns whether only a type of its own can read the stored value of a property. */
export function isConverted({ kind, object, array, embeddedProps, customType, customTypes }: EntityProperty): boolean {
  if (kind === 'embedded' && !object && !array) return Object.values(embeddedProps).some(isConverted);
  return customType !== undefined || customTypes?.some(type => type !== undefined) === true;
}

/** Returns whether a snapshot holds the property; that of a partly loaded entity does not hold all. */
export function holds(snapshot: Snapshot, prop: EntityProperty): boolean {
  if (prop.kind !== 'embedded' || prop.object) return prop.name in snapshot;
  return Object.values(prop.embeddedProps).some(child => holds(snapshot, child));
}

/** Returns whether a property, or a part of it, is a `raw()` fragment that only the database can compute. */
export function isRawIn(snapshot: Snapshot, prop: EntityProperty): boolean {
  if (prop.kind !== 'embedded' || prop.object) return mikroOrm.isRaw(snapshot[prop.name]);
  return Object.values(prop.embeddedProps).some(child => isRawIn(snapshot, child));
}

/** Returns the JavaScript value of a property of a snapshot: embeddables as objects, relations as primary keys. */
export function valueOf(snapshot: Snapshot, prop: EntityProperty, platform: Platform): unknown {
  if (prop.kind !== 'embedded' || prop.object) return toJavaScript(snapshot[prop.name], prop, platform);
  const entries = Object.entries(prop.embeddedProps)
    .filter(([, child]) => holds(snapshot, child))
    .map(([name, child]) => [name, valueOf(snapshot, child, platform)] as const);
  // MikroORM stores a missing inline embeddable as nulls.
  return entries.every(([, value]) => value === null) ? null : Object.fromEntries(entries);
}

/** Returns a whole row, by property. Values with types of their own are converted when they are read. */
export function rowOf(meta: EntityMetadata, snapshot: Snapshot, platform: Platform): Record<string, unknown> {
  const owners = new Set(Object.keys(snapshot).flatMap(key => ownerOf(meta, key) ?? []));
  const known = [...owners].filter(prop => !isRawIn(snapshot, prop));
  return objectOf(known.map(prop => [prop.name, () => valueOf(snapshot, prop, platform), isConverted(prop)]));
}

/** Converts a stored value; one that its type cannot read is shown as it is stored. */
function toJavaScript(stored: unknown, prop: EntityProperty, platform: Platform): unknown {
  const value = stored instanceof mikroOrm.EntityIdentifier ? (stored.getValue() as unknown) : stored;
  if (value === null || value === undefined) return null;
  try {
    if (prop.kind === 'embedded') return embeddedValue(value, prop, platform);
    return prop.targetMeta ? referenceValue(value, prop, platform) : scalarValue(value, prop, platform);
  } catch {
    return value;
  }
}

function scalarValue(value: unknown, { customType, runtimeType, name }: EntityProperty, platform: Platform): unknown {
  const shown: unknown = customType
    ? customType.convertToJSValue(value, platform, { mode: 'hydration', force: true, key: name })
    : value;
  const isStoredDate = runtimeType === 'Date' && (typeof shown === 'number' || typeof shown === 'string');
  return isStoredDate ? platform.parseDate(shown) : shown;
}

function embeddedValue(value: unknown, prop: EntityProperty, platform: Platform): unknown {
  const data: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  if (Array.isArray(data)) return data.map(item => embeddedValue(item, prop, platform));
  const entries = Object.entries(prop.embeddedProps)
    .filter(([name]) => name in (data as object))
    .map(([name, child]) => [name, toJavaScript((data as Snapshot)[name], child, platform)] as const);
  return Object.fromEntries(entries);
}

/** Returns a foreign key. If it may be of several entities, the name of the entity is shown with it. */
function referenceValue(value: unknown, prop: EntityProperty, platform: Platform): unknown {
  const { polymorphTargets, discriminatorMap } = prop;
  if (!(value instanceof mikroOrm.PolymorphicRef)) return keyIn(value, keyColumns([prop]), platform);
  const target = polymorphTargets?.find(meta => meta.class === (discriminatorMap as Snapshot)[value.discriminator]);
  const key = keyIn(value.id, target?.getPrimaryProps(true) ?? [], platform);
  return { entity: target?.className ?? value.discriminator, key };
}

function keyIn(value: unknown, columns: readonly EntityProperty[], platform: Platform): unknown {
  const stored = Array.isArray(value) ? (value.flat(Infinity) as unknown[]) : [value];
  return keyOf(stored.map((part, at) => (columns[at] ? toJavaScript(part, columns[at], platform) : part)));
}
