import { type EntityMetadata, type EntityProperty, helper, Reference } from '@mikro-orm/core';
import type { AnyChangeSet } from './change-sets.js';

/** What is never equal to itself: MikroORM has to compare such a value. */
const UNKNOWN = Number.NaN;

type State = readonly unknown[];

/**
 * What entities held before receivers saw them. A flush may have thousands, of which receivers change few, and to read
 * their properties costs a tenth of MikroORM's comparison.
 */
export class EntityStates {
  private readonly states = new Map<AnyChangeSet, State>();
  private readonly properties = new Map<EntityMetadata, readonly EntityProperty[]>();

  note(changeSet: AnyChangeSet): void {
    this.states.set(changeSet, this.stateOf(changeSet));
  }

  /** Those that hold something else now, as far as it can be seen from outside. They are noted again. */
  takeChanged(): AnyChangeSet[] {
    const changed: AnyChangeSet[] = [];
    for (const [changeSet, before] of this.states) {
      if (this.isStill(changeSet, before)) continue;
      changed.push(changeSet);
      this.note(changeSet);
    }
    return changed;
  }

  private stateOf({ entity, meta }: AnyChangeSet): State {
    const properties = this.propertiesOf(meta);
    const state: unknown[] = [];
    for (const property of properties) state.push(valueIn(entity as Record<string, unknown>, property));
    return state;
  }

  private isStill({ entity, meta }: AnyChangeSet, state: State): boolean {
    const properties = this.propertiesOf(meta);
    for (let at = 0; at < state.length; at++) {
      if (valueIn(entity as Record<string, unknown>, properties[at]!) !== state[at]) return false;
    }
    return true;
  }

  private propertiesOf(meta: EntityMetadata): readonly EntityProperty[] {
    let known = this.properties.get(meta);
    if (!known) {
      const inverse = meta.relations.filter(({ kind, owner }) => kind === '1:1' && !owner);
      known = [...meta.comparableProps.filter(({ embedded }) => !embedded), ...inverse];
      this.properties.set(meta, known);
    }
    return known;
  }
}

function valueIn(entity: Record<string, unknown>, { name, getter, targetMeta, targetKey }: EntityProperty): unknown {
  // It may compute its value from what cannot be seen.
  if (getter) return UNKNOWN;
  const value = entity[name];
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.getTime();
  if (!targetMeta || targetKey) return UNKNOWN;
  const target: unknown = Reference.unwrapReference(value);
  // A key that a receiver gives it is one that its row has to refer to.
  return helper(target as object)?.hasPrimaryKey() ? target : UNKNOWN;
}
