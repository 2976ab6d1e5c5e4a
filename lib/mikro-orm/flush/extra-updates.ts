import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import type { AnyChangeSet } from './change-sets.js';
import { snapshotOf } from './refresh.js';
import { NOTHING, type Snapshot } from './stored-values.js';

/** An entity with the names and values that are written later, and the change set that they were taken from. */
type Postponed = readonly [
  entity: Record<string, unknown>,
  names: string[],
  values: unknown[],
  AnyChangeSet | undefined,
];

/**
 * What MikroORM writes by a second UPDATE: unique values that change places, and references in a circle. It takes
 * these values off the entity until then; a receiver has to see the entity whole.
 */
export class ExtraUpdates {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly em: EntityManager,
  ) {}

  /** With the change sets that consist of nothing else, which the flush does not list. */
  addTo(listed: readonly AnyChangeSet[]): readonly AnyChangeSet[] {
    if (this.uow.getExtraUpdates().size === 0) return listed;
    const byEntity = new Map(listed.map(changeSet => [changeSet.entity, changeSet]));
    for (const [entity, , , changeSet] of this.all()) {
      if (changeSet && !byEntity.has(entity)) byEntity.set(entity, changeSet);
    }
    return [...byEntity.values()];
  }

  /** Whether something of the entity is written later. */
  concern(entity: object): boolean {
    return this.of(entity).length > 0;
  }

  namesOf(entity: object): readonly string[] {
    return this.of(entity).flatMap(([, names]) => names);
  }

  /** Puts the values back on the entity. Returns them as they will be stored. */
  putBack(entity: object): Snapshot {
    if (this.uow.getExtraUpdates().size === 0) return NOTHING;
    const names = this.of(entity).flatMap(([target, props, values]) => {
      for (const [at, name] of props.entries()) target[name] = values[at];
      return props;
    });
    if (names.length === 0) return NOTHING;
    const snapshot = snapshotOf(entity, this.em);
    return Object.fromEntries(names.map(name => [name, snapshot[name]]));
  }

  /** Takes them off again, as a receiver left them. */
  takeOff(entity: object): void {
    for (const [target, names, values] of this.of(entity)) {
      for (const [at, name] of names.entries()) {
        values[at] = target[name];
        delete target[name];
      }
    }
  }

  private of(entity: object): Postponed[] {
    return this.all().filter(([target]) => target === entity);
  }

  /** A collection that is written later has its name alone, and no list of names. */
  private all(): Postponed[] {
    if (this.uow.getExtraUpdates().size === 0) return [];
    return [...this.uow.getExtraUpdates()].filter(([, names]) => Array.isArray(names)) as unknown as Postponed[];
  }
}
