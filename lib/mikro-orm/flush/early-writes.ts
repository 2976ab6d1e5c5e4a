import type { UnitOfWork } from '@mikro-orm/core';
import { type AnyChangeSet, isCreation } from './change-sets.js';
import { ChangeSetType, helper } from '../peer.js';

/**
 * Has rows that others replace deleted, and unique values that others take given up, before the INSERT of those
 * others. MikroORM does so for what it finds itself (7.2.1).
 */
export function writeEarly(uow: UnitOfWork): void {
  const changeSets = uow.getChangeSets();
  const created = Map.groupBy(changeSets.filter(isCreation), ({ meta }) => meta.uniqueName);
  const taken = new Map<string, Set<unknown>>();
  for (const [name, some] of created)
    taken.set(name, new Set(some.flatMap(({ entity }) => uniqueValuesOf(entity, uow))));
  for (const changeSet of changeSets) {
    // What it gave up may have been given back.
    if (changeSet.type === ChangeSetType.UPDATE_EARLY) changeSet.type = ChangeSetType.UPDATE;
    const { uniqueName } = changeSet.meta;
    const values = taken.get(uniqueName);
    if (!values) continue;
    if (givesUp(changeSet)) uow['findEarlyUpdates'](changeSet, created.get(uniqueName));
    const isReplaced = () => uniqueValuesOf(changeSet.entity, uow).some(value => values.has(value));
    if (changeSet.type === ChangeSetType.DELETE && isReplaced()) changeSet.type = ChangeSetType.DELETE_EARLY;
  }
}

function givesUp({ type, meta, payload }: AnyChangeSet): boolean {
  if (type !== ChangeSetType.UPDATE) return false;
  return meta.uniqueProps.some(({ name }) => name in payload && (payload[name] ?? null) === null);
}

function uniqueValuesOf(entity: object, uow: UnitOfWork): unknown[] {
  const key = helper(entity).hasPrimaryKey() ? [helper(entity).getSerializedPrimaryKey()] : [];
  return [...key, ...uow['expandUniqueProps'](entity)];
}
