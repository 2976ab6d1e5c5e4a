import type { ChangeSet, EntityProperty, Platform } from '@mikro-orm/core';
import type { Change } from '../model-signals.js';
import type { KnownRow } from './known-rows.js';
import { instanceValue, isConverted } from './instance-values.js';
import { type Member, objectOf } from './lazy-object.js';
import { holds, isFilledIn, isRawIn, NOTHING, ownerOf, type Snapshot, valueOf } from './stored-values.js';
import { ChangeSetType, EntityIdentifier, isRaw } from '../peer.js';

export type AnyChangeSet = ChangeSet<object>;

/** Every change set of a flush at one moment. */
export class ChangeSets implements Iterable<AnyChangeSet> {
  private byEntity: Map<object, AnyChangeSet> | undefined;

  constructor(private readonly all: readonly AnyChangeSet[]) {}

  [Symbol.iterator](): Iterator<AnyChangeSet> {
    return this.all[Symbol.iterator]();
  }

  of(entity: object): AnyChangeSet | undefined {
    this.byEntity ??= new Map(this.all.map(changeSet => [changeSet.entity, changeSet]));
    return this.byEntity.get(entity);
  }
}

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
  // A row is a row, also where nothing of it was set.
  if (isRemoval(changeSet) || isCreation(changeSet) || writesAnything(changeSet)) return false;
  return !changeSet.tptChangeSets?.some(writesAnything);
}

function writesAnything({ payload }: AnyChangeSet): boolean {
  // Asked of every row, so no array of its keys is made.
  for (const key in payload) if (Object.hasOwn(payload, key)) return true;
  return false;
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

/**
 * What a change set does to its row.
 *
 * @param postponed - what the flush writes later, and has not in its change set.
 * @param known - what is known of the row beside its snapshot.
 */
export class RowChange {
  private readonly before: Snapshot;
  private readonly written: Snapshot;
  /** What the instance holds of properties with types of their own, since somebody may have changed it. */
  private held: Map<EntityProperty, unknown> | undefined;

  constructor(
    private readonly changeSet: AnyChangeSet,
    postponed: Snapshot,
    private readonly known: KnownRow | undefined,
  ) {
    const { originalEntity } = changeSet;
    this.before =
      originalEntity || known ? { ...known?.filledIn, ...(originalEntity as Snapshot | undefined) } : NOTHING;
    this.written = { ...writtenBy(changeSet), ...postponed };
  }

  /** Nothing that it writes is still to be known. */
  get isSettled(): boolean {
    for (const key in this.written) {
      const value = this.written[key];
      if (typeof value === 'object' && value !== null && (value instanceof EntityIdentifier || isRaw(value)))
        return false;
    }
    return true;
  }

  /** The properties that it changes; an embeddable counts as one. */
  get properties(): EntityProperty[] {
    const keys = Object.keys(this.written).filter(key => !this.isSame(key));
    const owners = keys.map(key => ownerOf(this.changeSet.meta, key));
    return [...new Set(owners.filter(prop => prop !== undefined))];
  }

  /** Remembers what the instance holds now of what only the type of a property could read from the row. */
  hold(): this {
    for (const key in this.written) {
      const prop = ownerOf(this.changeSet.meta, key);
      if (prop && isConverted(prop)) (this.held ??= new Map()).set(prop, instanceValue(this.changeSet.entity, prop));
    }
    return this;
  }

  /** The old and new values, by property. Old values with types of their own are converted when they are read. */
  valuesFor(platform: Platform): Record<string, Change> {
    if (!this.held) this.hold();
    const after = { ...this.before, ...this.written };
    return objectOf(
      this.properties.map((prop): Member => {
        const read = () => this.changeOf(prop, after, platform);
        return this.held?.has(prop) ? [prop.name, undefined, read] : [prop.name, read()];
      }),
    ) as Record<string, Change>;
  }

  private changeOf(prop: EntityProperty, after: Snapshot, platform: Platform): Change {
    const change: Partial<Record<keyof Change, unknown>> = {};
    if (this.wasKnown(prop)) change.from = valueOf(this.before, prop, platform);
    // Only the database knows what a raw fragment comes to.
    if (!isRawIn(this.written, prop))
      change.to = this.held?.has(prop) ? this.held.get(prop) : valueOf(after, prop, platform);
    if (prop.hidden) change.hidden = true;
    return change as Change;
  }

  private wasKnown(prop: EntityProperty): boolean {
    if (isRawIn(this.before, prop)) return false;
    return holds(this.before, prop) || (this.known?.isWhole === true && !isFilledIn(prop));
  }

  /**
   * Whether a key is written as it was. MikroORM reads generated values after a write, changed or not, and keys after
   * one of several rows; and it takes null for a change of what was never set (7.2.1).
   */
  private isSame(key: string): boolean {
    const [before, written] = [this.before, this.written];
    if (key in before) return before[key] === written[key];
    const prop = this.changeSet.meta.properties[key as never] as EntityProperty | undefined;
    // A table refers to the one above it by a key that is not known yet.
    if (prop?.primary && written[key] instanceof EntityIdentifier) return written[key].getValue() === undefined;
    return this.known?.isWhole === true && (written[key] ?? null) === null && !(prop && isFilledIn(prop));
  }
}
