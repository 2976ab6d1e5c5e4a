import type { EntityComparator, EntityManager, UnitOfWork } from '@mikro-orm/core';
import { type AnyChangeSet, isCreation, tablesOf, writtenBy } from './change-sets.js';
import type { Snapshot } from './stored-values.js';
import { EntityIdentifier, PolymorphicRef } from '../peer.js';

/**
 * Makes a change set what receivers left on its entity, in every table that the entity is stored in.
 *
 * @param postponed - properties that are written later, and are off the entity until then.
 */
export function refresh(
  changeSet: AnyChangeSet,
  em: EntityManager,
  uow: UnitOfWork,
  postponed: readonly string[],
): void {
  if (postponed.length > 0) return refreshAround(changeSet, em, postponed);
  uow.recomputeSingleChangeSet(changeSet.entity);
  dropReverted(changeSet, em);
}

/** `recomputeSingleChangeSet` would take what is written later for removed. */
function refreshAround(changeSet: AnyChangeSet, em: EntityManager, postponed: readonly string[]): void {
  const changed = Object.entries(changedSince(changeSet, em)).filter(([key]) => !postponed.includes(key));
  for (const table of tablesOf(changeSet)) {
    const own = changed.filter(([key]) => isStoredIn(table, key));
    for (const key of Object.keys(table.payload)) delete table.payload[key as never];
    Object.assign(table.payload, Object.fromEntries(own));
  }
}

function isStoredIn({ meta }: AnyChangeSet, key: string): boolean {
  return meta.inheritanceType !== 'tpt' || meta.ownProps?.some(({ name }) => name === key) === true;
}

/** Whether the entity still is what its change set was computed from. Cheaper by half than computing it again. */
export function isAsExpected(changeSet: AnyChangeSet, em: EntityManager): boolean {
  const { entity, originalEntity } = changeSet;
  const expected = { ...(originalEntity as Snapshot | undefined), ...writtenBy(changeSet) };
  return comparatorOf(em).matching(changeSet.meta.class, expected, snapshotOf(entity, em));
}

/**
 * Takes out of a change set what its entity does not ask for any more: `recomputeSingleChangeSet` adds what a
 * receiver changed, and leaves what it set back (7.2.1). What refers to a new entity has no stored form yet, and stays.
 */
function dropReverted(changeSet: AnyChangeSet, em: EntityManager): void {
  const wanted = isCreation(changeSet) ? snapshotOf(changeSet.entity, em) : changedSince(changeSet, em);
  for (const { payload } of tablesOf(changeSet)) {
    for (const [key, value] of Object.entries(payload)) {
      if (!(key in wanted) && !refersToNew(value)) delete payload[key as never];
    }
  }
}

export function snapshotOf(entity: object, em: EntityManager): Snapshot {
  return comparatorOf(em).prepareEntity(entity);
}

function changedSince({ entity, meta, originalEntity }: AnyChangeSet, em: EntityManager): Snapshot {
  const before = originalEntity ?? {};
  return comparatorOf(em).diffEntities(meta.class, before, snapshotOf(entity, em));
}

function refersToNew(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(refersToNew);
  return value instanceof EntityIdentifier || value instanceof PolymorphicRef;
}

function comparatorOf(em: EntityManager): EntityComparator {
  return em.getComparator();
}
