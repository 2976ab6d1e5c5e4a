import { type ChangeSet, ChangeSetType, type EntityProperty, type Platform } from '@mikro-orm/core';
import type { Change } from '../model-signals.js';
import { holds, ownerOf, type Snapshot, valueOf } from './stored-values.js';

export type AnyChangeSet = ChangeSet<object>;

export function isRemoval({ type }: AnyChangeSet): boolean {
  return type === ChangeSetType.DELETE || type === ChangeSetType.DELETE_EARLY;
}

export function isCreation({ type }: AnyChangeSet): boolean {
  return type === ChangeSetType.CREATE;
}

/** The change sets of every table that an entity is stored in: several with table-per-type inheritance, the leaf first. */
export function tablesOf(changeSet: AnyChangeSet): readonly AnyChangeSet[] {
  return changeSet.tptChangeSets ? [changeSet, ...changeSet.tptChangeSets] : [changeSet];
}

/** Whether a flush writes nothing for it. */
export function isEmpty(changeSet: AnyChangeSet): boolean {
  return !isRemoval(changeSet) && tablesOf(changeSet).every(({ payload }) => Object.keys(payload).length === 0);
}

/** Takes a change set out of its flush. MikroORM skips an update that writes nothing, unless it counts versions. */
export function cancel(changeSet: AnyChangeSet): void {
  for (const table of tablesOf(changeSet)) {
    table.type = ChangeSetType.UPDATE;
    for (const key of Object.keys(table.payload)) delete table.payload[key as never];
    table.meta = Object.create(table.meta, { hasOptimisticLock: { value: () => false } }) as typeof table.meta;
  }
}

/** What a change set writes, in all its tables. */
export function writtenBy(changeSet: AnyChangeSet): Snapshot {
  if (!changeSet.tptChangeSets) return changeSet.payload;
  return Object.assign({}, ...tablesOf(changeSet).map(({ payload }) => payload as Snapshot)) as Snapshot;
}

/** The properties that a change set writes; an embeddable counts as one. */
export function changedProperties(changeSet: AnyChangeSet, postponed: Snapshot): EntityProperty[] {
  const owners = Object.keys({ ...writtenBy(changeSet), ...postponed }).map(key => ownerOf(changeSet.meta, key));
  return [...new Set(owners.filter(prop => prop !== undefined))];
}

/** What a change set writes, by property. */
export function changesOf(
  changeSet: AnyChangeSet,
  platform: Platform,
  isWhole: boolean,
  postponed: Snapshot,
): Record<string, Change> {
  const before: Snapshot = (changeSet.originalEntity as Snapshot | undefined) ?? {};
  const after: Snapshot = { ...before, ...writtenBy(changeSet), ...postponed };
  const entries = changedProperties(changeSet, postponed).map(prop => {
    const to = valueOf(after, prop, platform);
    const isKnown = holds(before, prop) || (isWhole && !isCreation(changeSet));
    const change: Change = isKnown ? { from: valueOf(before, prop, platform), to } : { to };
    return [prop.name, prop.hidden ? { ...change, hidden: true as const } : change] as const;
  });
  return Object.fromEntries(entries);
}
