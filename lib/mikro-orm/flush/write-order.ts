import type { UnitOfWork } from '@mikro-orm/core';
import { type AnyChangeSet, cancel, isCreation, isEmpty } from './change-sets.js';
import { NOTHING, type Snapshot } from './stored-values.js';
import { mikroOrm } from '../peer.js';

/**
 * Puts the deletes of rows that others replace, and the updates that give up unique values, before the writes of those
 * others. MikroORM puts only those changes in order that it finds itself (7.2.1).
 */
export function writeInTurn(uow: UnitOfWork): void {
  const changeSets = uow.getChangeSets();
  // A value that was given up may have been given back.
  for (const changeSet of changeSets)
    if (changeSet.type === mikroOrm.ChangeSetType.UPDATE_EARLY) changeSet.type = mikroOrm.ChangeSetType.UPDATE;
  writeExchanged(changeSets, uow);
  const created = Map.groupBy(changeSets.filter(isCreation), ({ meta }) => meta.uniqueName);
  const taken = new Map<string, Set<unknown>>();
  for (const [name, some] of created)
    taken.set(name, new Set(some.flatMap(({ entity }) => uniqueValuesOf(entity, uow))));
  for (const changeSet of changeSets) {
    const { uniqueName } = changeSet.meta;
    const values = taken.get(uniqueName);
    if (!values) continue;
    if (givesUp(changeSet)) uow['findEarlyUpdates'](changeSet, created.get(uniqueName));
    const isReplaced = () => uniqueValuesOf(changeSet.entity, uow).some(value => values.has(value));
    if (changeSet.type === mikroOrm.ChangeSetType.DELETE && isReplaced())
      changeSet.type = mikroOrm.ChangeSetType.DELETE_EARLY;
  }
}

/** Gives an update that takes a unique value from another a second statement for it, after that of the other. */
function writeExchanged(changeSets: readonly AnyChangeSet[], uow: UnitOfWork): void {
  const updates = changeSets.filter(({ type, meta }) => type === mikroOrm.ChangeSetType.UPDATE && meta.hasUniqueProps);
  const givenUp = new Set(
    updates.flatMap(changeSet => [...uniquePlaces(changeSet, changeSet.originalEntity).values()]),
  );
  for (const changeSet of updates) {
    const taken = [...uniquePlaces(changeSet, changeSet.payload)].filter(([, value]) => givenUp.has(value));
    const names = taken.map(([name]) => name);
    if (names.length > 0) writeLater(changeSet, names, uow);
  }
}

/** Returns the values of the unique properties that it writes, before or after, each with its place. */
function uniquePlaces({ meta, rootMeta, payload }: AnyChangeSet, row: Snapshot = NOTHING): Map<string, string> {
  const written = meta.uniqueProps.map(({ name }) => name as string).filter(name => name in payload);
  const known = written.filter(name => (row[name] ?? null) !== null);
  return new Map(known.map(name => [name, `${rootMeta.uniqueName} ${name} ${String(row[name])}`]));
}

/** Postpones values as MikroORM does it: they are off the entity and its change set until then. */
function writeLater(changeSet: AnyChangeSet, names: string[], uow: UnitOfWork): void {
  const [entity, payload] = [changeSet.entity as Record<string, unknown>, changeSet.payload as Record<string, unknown>];
  const values = names.map(name => entity[name]);
  uow.getExtraUpdates().add([entity, names, values, changeSet, mikroOrm.ChangeSetType.UPDATE]);
  for (const name of names) {
    delete entity[name];
    delete payload[name];
  }
  if (isEmpty(changeSet)) cancel(changeSet);
}

function givesUp({ type, meta, payload }: AnyChangeSet): boolean {
  if (type !== mikroOrm.ChangeSetType.UPDATE) return false;
  return meta.uniqueProps.some(({ name }) => name in payload && (payload[name] ?? null) === null);
}

function uniqueValuesOf(entity: object, uow: UnitOfWork): unknown[] {
  const key = mikroOrm.helper(entity).hasPrimaryKey() ? [mikroOrm.helper(entity).getSerializedPrimaryKey()] : [];
  return [...key, ...uow['expandUniqueProps'](entity)];
}
