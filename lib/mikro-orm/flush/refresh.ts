import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { type AnyChangeSet, isCreation, tablesOf, writtenBy } from './change-sets.js';
import { differences, snapshotOf, without } from './comparing.js';
import type { Snapshot } from './stored-values.js';
import { mikroOrm } from '../peer.js';

/** Returns whether the entity still has the values that its change set was computed from. */
function isAsExpected(changeSet: AnyChangeSet, em: EntityManager, postponed: readonly string[]): boolean {
  const { entity, meta, originalEntity } = changeSet;
  const expected = { ...(originalEntity as Snapshot | undefined), ...writtenBy(changeSet) };
  const others = Object.keys(differences(meta, expected, snapshotOf(entity, em), em));
  return others.every(name => postponed.includes(name));
}

/**
 * Makes a change set write the values that receivers left on its entity, in every table that the entity is stored in. MikroORM's
 * `recomputeSingleChangeSet` would call `onUpdate` and the initialisers of properties again.
 *
 * @param postponed - properties that are written later.
 * @returns whether it had others.
 */
export function refresh(changeSet: AnyChangeSet, em: EntityManager, postponed: readonly string[]): boolean {
  if (isAsExpected(changeSet, em, postponed)) return false;
  const isNew = isCreation(changeSet);
  const row = without(rowToWrite(changeSet, em), postponed);
  for (const meta of lineage(changeSet.meta)) {
    const own = Object.entries(row).filter(([key]) => isStoredIn(meta, key));
    const known = tablesOf(changeSet).find(table => table.meta.class === meta.class);
    const payload = (known ?? (own.length > 0 ? addTable(changeSet, meta) : undefined))?.payload;
    if (!payload) continue;
    for (const key of Object.keys(payload)) {
      const isLink = isNew && meta.tptParent && meta.primaryKeys.includes(key);
      if (!(key in row) && !isLink) Reflect.deleteProperty(payload, key);
    }
    Object.assign(payload, Object.fromEntries(own));
  }
  if (isNew) passKeyOn(changeSet, row);
  return true;
}

/** Returns the values of the entity to be written, by property. */
function rowToWrite(changeSet: AnyChangeSet, em: EntityManager): Snapshot {
  const { entity, meta, originalEntity } = changeSet;
  const snapshot = snapshotOf(entity, em);
  if (isCreation(changeSet)) return snapshot;
  const changed = differences(meta, originalEntity ?? {}, snapshot, em);
  if (mikroOrm.helper(entity).__initialized) return changed;
  // A reference has values of its own that were never read from its row.
  return without(changed, [...meta.primaryKeys, meta.root.discriminatorColumn]);
}

/** Yields the entity classes with a table of their own, the leaf first: several with table-per-type inheritance. */
function* lineage(meta: EntityMetadata): Generator<EntityMetadata> {
  for (let next: EntityMetadata | undefined = meta; next; next = next.tptParent) yield next;
}

function isStoredIn(meta: EntityMetadata, key: string): boolean {
  return meta.inheritanceType !== 'tpt' || meta.ownProps?.some(({ name }) => name === key) === true;
}

function addTable(changeSet: AnyChangeSet, meta: EntityMetadata): AnyChangeSet {
  const table: AnyChangeSet = new mikroOrm.ChangeSet(changeSet.entity, changeSet.type, {}, meta);
  table.originalEntity = changeSet.originalEntity;
  const parents = [...lineage(changeSet.meta)].slice(1);
  const tables = [...(changeSet.tptChangeSets ?? []), table];
  changeSet.tptChangeSets = parents.flatMap(parent => tables.filter(one => one.meta.class === parent.class));
  return table;
}

/** Passes the key that a receiver gave a new entity on to the entities that refer to it. */
function passKeyOn({ entity, meta }: AnyChangeSet, row: Snapshot): void {
  const identifiers: unknown[] = [mikroOrm.helper(entity).__identifier ?? []].flat();
  for (const [at, name] of meta.primaryKeys.entries()) {
    const [identifier, key] = [identifiers[at], row[name]];
    const isGiven = key !== undefined && key !== null && !(key instanceof mikroOrm.EntityIdentifier);
    if (isGiven && identifier instanceof mikroOrm.EntityIdentifier) identifier.setValue(key as string);
  }
}
