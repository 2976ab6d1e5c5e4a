import type { ChangeSetType, EntityManager } from '@mikro-orm/core';
import type { AnyChangeSet } from './change-sets.js';
import { snapshotOf } from './comparing.js';
import { NOTHING, type Snapshot } from './stored-values.js';
import { mikroOrm } from '../peer.js';

/** An entity with the names and values that are written later, the change set that they were taken from, and the moment. */
type Postponed = [
  entity: Record<string, unknown>,
  names: string[],
  values: unknown[],
  changeSet: AnyChangeSet | undefined,
  type: ChangeSetType,
];

/**
 * The values that MikroORM writes by a second UPDATE: unique ones that change places, and references in a circle. It
 * takes them off their entities until then. Receivers have to see every entity whole: one that moves a one-to-one
 * relation takes it from another entity, whichever that is.
 */
export class ExtraUpdates {
  private byEntity = new Map<Record<string, unknown>, Postponed[]>();
  /** How many of them are in the index. */
  private indexed = 0;
  /** The postponed updates whose values are on their entities. */
  private readonly shown = new Set<Postponed>();
  private readonly uow = this.em.getUnitOfWork(false);

  constructor(private readonly em: EntityManager) {}

  /** Adds the change sets that consist of nothing else, which the flush does not list. */
  addTo(listed: readonly AnyChangeSet[]): readonly AnyChangeSet[] {
    if (this.uow.getExtraUpdates().size === 0) return listed;
    const byEntity = new Map(listed.map(changeSet => [changeSet.entity, changeSet]));
    for (const [entity, , , changeSet] of this.all()) {
      if (changeSet && !byEntity.has(entity)) byEntity.set(entity, changeSet);
    }
    return [...byEntity.values()];
  }

  namesOf(entity: object): readonly string[] {
    const { size } = this.uow.getExtraUpdates();
    // They are only ever added to before the SQL.
    if (this.indexed !== size) this.byEntity = Map.groupBy(this.all(), ([target]) => target);
    this.indexed = size;
    return this.byEntity.get(entity as Record<string, unknown>)?.flatMap(([, names]) => names) ?? [];
  }

  /** Puts the values back on their entities. Repeated when rows have joined the flush. */
  show(): void {
    for (const postponed of this.all()) {
      if (this.shown.has(postponed)) continue;
      this.shown.add(postponed);
      const [target, names, values] = postponed;
      for (const [at, name] of names.entries()) target[name] = values[at];
    }
  }

  /** Takes them off again, as receivers left them. */
  hide(): void {
    for (const postponed of this.shown) {
      const [target, names, values] = postponed;
      const left = names.map(name => target[name]);
      if (left.some((value, at) => value !== values[at])) postponed[4] = momentOf(left);
      for (const [at, name] of names.entries()) {
        values[at] = left[at];
        delete target[name];
      }
    }
    this.shown.clear();
  }

  /** Returns the values of an entity that are on it and are written later, as they will be stored. */
  valuesOf(entity: object): Snapshot {
    const names = this.namesOf(entity);
    if (names.length === 0) return NOTHING;
    const snapshot = snapshotOf(entity, this.em);
    return Object.fromEntries(names.map(name => [name, snapshot[name]]));
  }

  /** A collection that is written later has its name alone, and no list of names. */
  private all(): Postponed[] {
    const extra: Iterable<readonly [unknown, unknown, ...unknown[]]> = this.uow.getExtraUpdates();
    return [...extra].filter((update): update is Postponed => Array.isArray(update[1]));
  }
}

/** A value that is given up has to be gone before an INSERT takes it. */
function momentOf(values: readonly unknown[]): ChangeSetType {
  const isGivenUp = values.every(value => (value ?? null) === null);
  return isGivenUp ? mikroOrm.ChangeSetType.UPDATE_EARLY : mikroOrm.ChangeSetType.UPDATE;
}
