import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { type AnyChangeSet, isCreation } from './change-sets.js';
import { isFilledIn, type Snapshot } from './stored-values.js';
import { helper } from '../peer.js';

/** What is known of a row beside MikroORM's snapshot of it. */
export interface KnownRow {
  /** What the database had filled in before the SQL. */
  readonly filledIn: Snapshot;
  /** What is in neither was null. */
  readonly isWhole: boolean;
}

/** The properties that matter of an entity class. */
interface Names {
  readonly filledIn: readonly string[];
  /** What a snapshot of a whole row holds. */
  readonly written: readonly string[];
}

/**
 * Knows of rows what the snapshots of MikroORM 7.2.1 do not hold: after a flush, what the database fills in; after an
 * INSERT, what was not set.
 */
export class KnownRows {
  /** Whole rows that their snapshots do not hold. Most do, and to remember one costs more than to tell of it. */
  private readonly whole = new WeakSet<object>();
  private readonly names = new WeakMap<EntityMetadata, Names>();

  /** After the SQL of what somebody is told of. */
  add(changeSet: AnyChangeSet): void {
    const { entity, meta, originalEntity } = changeSet;
    if (this.isHeld(meta, helper(entity).__originalEntityData)) return;
    if (isCreation(changeSet) || this.isHeld(meta, originalEntity)) this.whole.add(entity);
  }

  /** Before the SQL of an update; undefined where the snapshot is all that is known. */
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
    let known = this.names.get(meta);
    if (!known) {
      const filledIn = meta.props.filter(isFilledIn).map(({ name }) => name);
      const written = meta.comparableProps.filter(prop => !prop.primary && isKey(meta, prop)).map(({ name }) => name);
      this.names.set(meta, (known = { filledIn, written }));
    }
    return known;
  }
}

/** Whether snapshots have it under its name: an inline embeddable is in its parts, and one that is stored as a whole has none. */
function isKey(meta: EntityMetadata, prop: EntityProperty): boolean {
  if (prop.kind === 'embedded' && !prop.object) return false;
  for (let part = prop; part.embedded;) {
    part = meta.properties[part.embedded[0] as never] as EntityProperty;
    if (part.object) return false;
  }
  return true;
}
