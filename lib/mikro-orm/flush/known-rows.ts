import type { EntityMetadata } from '@mikro-orm/core';
import { type AnyChangeSet, isCreation } from './change-sets.js';
import { isFilledIn, type Snapshot } from './stored-values.js';

/** What is known of a row beside MikroORM's snapshot of it. */
export interface KnownRow {
  /** What the database had filled in before the SQL. */
  readonly filledIn: Snapshot;
  /** What is in neither was null. */
  readonly isWhole: boolean;
}

/**
 * Knows of rows what the snapshots of MikroORM 7.2.1 do not hold: after a flush, what the database fills in; after an
 * INSERT, what was not set.
 */
export class KnownRows {
  private readonly inserted = new WeakSet<object>();
  private readonly filledIn = new WeakMap<EntityMetadata, readonly string[]>();

  /** A receiver is told of it. */
  add(changeSet: AnyChangeSet): void {
    if (isCreation(changeSet)) this.inserted.add(changeSet.entity);
  }

  /** Before the SQL of an update; undefined where the snapshot is all that is known. */
  of(changeSet: AnyChangeSet): KnownRow | undefined {
    if (isCreation(changeSet)) return undefined;
    const { entity, meta } = changeSet;
    const isWhole = this.inserted.has(entity);
    const filledIn = this.filledInOf(meta).filter(name => (entity as Snapshot)[name] !== undefined);
    if (!isWhole && filledIn.length === 0) return undefined;
    return { filledIn: Object.fromEntries(filledIn.map(name => [name, (entity as Snapshot)[name]])), isWhole };
  }

  private filledInOf(meta: EntityMetadata): readonly string[] {
    const known = this.filledIn.get(meta) ?? meta.props.filter(isFilledIn).map(({ name }) => name);
    this.filledIn.set(meta, known);
    return known;
  }
}
