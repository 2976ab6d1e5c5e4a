import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { getOrInsert } from '../../core/index.js';
import { type AnyChangeSet, isCreation } from './change-sets.js';
import { isFilledIn, type Snapshot } from './stored-values.js';
import { mikroOrm } from '../peer.js';
import { propertyOf } from '../properties.js';

/** The part of a row that is known and is not in MikroORM's snapshot of it. */
export interface KnownRow {
  /** The values that the database had filled in before the SQL. */
  readonly filledIn: Snapshot;
  /** Whether every property that is neither here nor in the snapshot was null. */
  readonly isWhole: boolean;
}

/** The names of properties of an entity class. */
interface Names {
  readonly filledIn: readonly string[];
  /** The properties that the snapshot of a whole row holds. */
  readonly written: readonly string[];
}

/**
 * The values of rows that the snapshots of MikroORM 7.2.1 do not hold: after a flush, those that the database fills in;
 * after an INSERT, those that were not set.
 */
export class KnownRows {
  /** Whole rows that their snapshots do not hold. Most are held, and to remember one costs more than to send its signal. */
  private readonly whole = new WeakSet<object>();
  private readonly names = new WeakMap<EntityMetadata, Names>();

  /** Notes a row after its SQL, if a signal is sent about it. */
  add(changeSet: AnyChangeSet): void {
    const { entity, meta, originalEntity } = changeSet;
    if (this.isHeld(meta, mikroOrm.helper(entity).__originalEntityData)) return;
    if (isCreation(changeSet) || this.isHeld(meta, originalEntity)) this.whole.add(entity);
  }

  /** Returns the known values before the SQL of an update; undefined if the snapshot is all that is known. */
  of(changeSet: AnyChangeSet): KnownRow | undefined {
    if (isCreation(changeSet)) return undefined;
    const { entity, meta } = changeSet;
    const isWhole = this.whole.has(entity);
    const { filledIn } = this.namesOf(meta);
    if (!isWhole && filledIn.length === 0) return undefined;
    const known = filledIn.filter(name => (entity as Snapshot)[name] !== undefined);
    if (!isWhole && known.length === 0) return undefined;
    return { filledIn: Object.fromEntries(known.map(name => [name, (entity as Snapshot)[name]])), isWhole };
  }

  private isHeld(meta: EntityMetadata, snapshot: object | undefined): boolean {
    const { written } = this.namesOf(meta);
    if (!snapshot) return false;
    for (const name of written) if (!(name in snapshot)) return false;
    return true;
  }

  private namesOf(meta: EntityMetadata): Names {
    return getOrInsert(this.names, meta, () => {
      const filledIn = meta.props.filter(isFilledIn).map(({ name }) => name);
      const written = meta.comparableProps.filter(prop => !prop.primary && isKey(meta, prop)).map(({ name }) => name);
      return { filledIn, written };
    });
  }
}

/** Returns whether snapshots have it under its name: an inline embeddable is in its parts, and one that is stored as a whole has none. */
function isKey(meta: EntityMetadata, prop: EntityProperty): boolean {
  if (prop.kind === 'embedded' && !prop.object) return false;
  for (let part: EntityProperty | undefined = prop; part?.embedded;) {
    part = propertyOf(meta, part.embedded[0]);
    if (part?.object) return false;
  }
  return true;
}
