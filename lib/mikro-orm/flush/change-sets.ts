import type { ChangeSet } from '@mikro-orm/core';
import { mikroOrm } from '../peer.js';
import type { Snapshot } from './stored-values.js';

export type AnyChangeSet = ChangeSet<object>;

/** Every change set of a flush at one moment. */
export class ChangeSets {
  private byEntity: Map<object, AnyChangeSet> | undefined;

  constructor(readonly all: readonly AnyChangeSet[]) {}

  of(entity: object): AnyChangeSet | undefined {
    this.byEntity ??= new Map(this.all.map(changeSet => [changeSet.entity, changeSet]));
    return this.byEntity.get(entity);
  }
}

export function isRemoval(changeSet: AnyChangeSet | undefined): boolean {
  return changeSet?.type === mikroOrm.ChangeSetType.DELETE || changeSet?.type === mikroOrm.ChangeSetType.DELETE_EARLY;
}

export function isCreation(changeSet: AnyChangeSet | undefined): boolean {
  return changeSet?.type === mikroOrm.ChangeSetType.CREATE;
}

/** Returns the change sets of every table that an entity is stored in: several with table-per-type inheritance, the leaf first. */
export function tablesOf(changeSet: AnyChangeSet): readonly AnyChangeSet[] {
  return changeSet.tptChangeSets ? [changeSet, ...changeSet.tptChangeSets] : [changeSet];
}

/** Returns whether a flush writes nothing for it. */
export function isEmpty(changeSet: AnyChangeSet): boolean {
  // An INSERT writes a row, even if no property was set.
  if (isRemoval(changeSet) || isCreation(changeSet) || writesAnything(changeSet)) return false;
  return !changeSet.tptChangeSets?.some(writesAnything);
}

function writesAnything({ payload }: AnyChangeSet): boolean {
  // Called for every row, so no array of its keys is made.
  for (const key in payload) if (Object.hasOwn(payload, key)) return true;
  return false;
}

/** Takes a change set out of its flush. MikroORM skips an update that writes nothing, unless it counts versions. */
export function cancel(changeSet: AnyChangeSet): void {
  for (const table of tablesOf(changeSet)) {
    table.type = mikroOrm.ChangeSetType.UPDATE;
    for (const key of Object.keys(table.payload)) Reflect.deleteProperty(table.payload, key);
    table.meta = Object.create(table.meta, { hasOptimisticLock: { value: () => false } }) as typeof table.meta;
  }
}

/** Returns the values that a change set writes, in all its tables. */
export function writtenBy(changeSet: AnyChangeSet): Snapshot {
  if (!changeSet.tptChangeSets) return changeSet.payload;
  return Object.assign({}, ...tablesOf(changeSet).map(({ payload }) => payload as Snapshot)) as Snapshot;
}
