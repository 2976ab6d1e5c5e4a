import { isDeepStrictEqual } from 'node:util';
import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { Snapshot } from './stored-values.js';
import { relatedBy } from './related.js';
import { mikroOrm } from '../peer.js';
import { metaOf, propertyOf, storedAs, type Values } from '../properties.js';

/**
 * Returns the row of an entity as MikroORM writes it. If a reference to one of several classes leads to another property
 * than the key, MikroORM's snapshot holds the key all the same, and its change set does not (7.2.1).
 */
export function snapshotOf(entity: object, em: EntityManager): Snapshot {
  const snapshot: Record<string, unknown> = em.getComparator().prepareEntity(entity);
  const meta = metaOf(entity, em);
  for (const prop of meta.relations) {
    if (!prop.polymorphic || prop.targetKey === undefined) continue;
    const reference = snapshot[prop.name];
    const [target] = relatedBy(entity, prop, meta);
    if (target && reference instanceof mikroOrm.PolymorphicRef)
      snapshot[prop.name] = new mikroOrm.PolymorphicRef(
        reference.discriminator,
        targetKeyOf(target, prop.targetKey, em),
      );
  }
  return snapshot;
}

function targetKeyOf(target: object, name: string, em: EntityManager): unknown {
  const prop = propertyOf(metaOf(target, em), name);
  const value = (target as Values)[name];
  return prop ? storedAs(value, prop, em.getPlatform()) : value;
}

/**
 * Returns the values of `after` that differ from `before`. MikroORM's comparator decides for plain values. It never ends for two
 * SQL fragments in an array or bytes, and takes two keys that are not known yet for the same (7.2.1).
 */
export function differences(meta: EntityMetadata, before: Snapshot, after: Snapshot, em: EntityManager): Snapshot {
  const special = Object.keys(after).filter(
    key => (isSpecial(after[key]) || isSpecial(before[key])) && !comparesItself(meta, key),
  );
  const comparator = em.getComparator();
  if (special.length === 0) return comparator.diffEntities(meta.class, before as object, after as object);
  const others = comparator.diffEntities(meta.class, without(before, special), without(after, special)) as Snapshot;
  const changed = special.filter(key => !isSame(before[key], after[key]));
  return { ...others, ...Object.fromEntries(changed.map(key => [key, after[key]])) };
}

function comparesItself(meta: EntityMetadata, key: string): boolean {
  const prop = propertyOf(meta, key);
  return prop?.kind === 'scalar' && prop.customType?.compareValues !== undefined;
}

/** Returns whether a comparator may not end for it, or take it for another. */
function isSpecial(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(isSpecial);
  return !(value instanceof Date || ArrayBuffer.isView(value) || mikroOrm.Utils.isPlainObject(value));
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof mikroOrm.EntityIdentifier || b instanceof mikroOrm.EntityIdentifier) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  if (a instanceof mikroOrm.PolymorphicRef && b instanceof mikroOrm.PolymorphicRef) {
    return a.discriminator === b.discriminator && isSame(a.id, b.id);
  }
  return isDeepStrictEqual(a, b);
}

export function without(snapshot: Snapshot, keys: readonly unknown[]): Snapshot {
  return Object.fromEntries(Object.entries(snapshot).filter(([key]) => !keys.includes(key)));
}
