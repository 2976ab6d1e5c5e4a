import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import type { AnyChangeSet } from './change-sets.js';
import { snapshotOf } from './comparing.js';
import { NOTHING, type Snapshot } from './stored-values.js';

/** An entity with the names and values that are written later, and the change set that they were taken from. */
type Postponed = readonly [
  entity: Record<string, unknown>,
  names: string[],
  values: unknown[],
  AnyChangeSet | undefined,
];

const NOTHING_LATER: readonly Postponed[] = Object.freeze([]);

/**
 * What MikroORM writes by a second UPDATE: unique values that change places, and references in a circle. It takes
 * these values off the entity until then; a receiver has to see the entity whole.
 */
export class ExtraUpdates {
  private byEntity = new Map<Record<string, unknown>, Postponed[]>();
  /** How many of them are in the index. */
  private indexed = 0;

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

  private of(entity: object): readonly Postponed[] {
    const { size } = this.uow.getExtraUpdates();
    if (size === 0) return NOTHING_LATER;
    // They are only ever added to before the SQL.
    if (this.indexed !== size) this.byEntity = Map.groupBy(this.all(), ([target]) => target);
    this.indexed = size;
    return this.byEntity.get(entity as Record<string, unknown>) ?? NOTHING_LATER;
  }

  /** A collection that is written later has its name alone, and no list of names. */
  private all(): Postponed[] {
    if (this.uow.getExtraUpdates().size === 0) return [];
    return [...this.uow.getExtraUpdates()].filter(([, names]) => Array.isArray(names)) as unknown as Postponed[];
  }
}
