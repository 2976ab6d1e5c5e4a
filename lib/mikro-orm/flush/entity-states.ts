import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { AnyChangeSet } from './change-sets.js';
import { helper, Reference } from '../peer.js';

/** What is never equal to itself: MikroORM has to compare such a value. */
const UNKNOWN = Number.NaN;

/** A property as it is read. */
interface Readable {
  readonly name: string;
  /** It may compute its value from what cannot be seen. */
  readonly isOpaque: boolean;
  readonly isReference: boolean;
}

interface State {
  readonly changeSet: AnyChangeSet;
  readonly properties: readonly Readable[];
  readonly values: unknown[];
}

/**
 * What entities held before receivers saw them. A flush may have thousands, of which receivers change few, and to read
 * their properties costs a tenth of MikroORM's comparison.
 */
export class EntityStates {
  private readonly states: State[] = [];
  private readonly properties = new Map<EntityMetadata, readonly Readable[]>();

  note(changeSet: AnyChangeSet): void {
    const properties = this.propertiesOf(changeSet.meta);
    const values: unknown[] = [];
    for (const property of properties) values.push(valueIn(changeSet.entity, property));
    this.states.push({ changeSet, properties, values });
  }

  /** Those that hold something else now, as far as it can be seen from outside. What they hold is noted. */
  takeChanged(): AnyChangeSet[] {
    const changed: AnyChangeSet[] = [];
    for (const state of this.states) if (hasChanged(state)) changed.push(state.changeSet);
    return changed;
  }

  private propertiesOf(meta: EntityMetadata): readonly Readable[] {
    let known = this.properties.get(meta);
    if (!known) {
      const inverse = meta.relations.filter(({ kind, owner }) => kind === '1:1' && !owner);
      known = [...meta.comparableProps.filter(({ embedded }) => !embedded), ...inverse].map(readable);
      this.properties.set(meta, known);
    }
    return known;
  }
}

function readable({ name, getter, targetMeta, targetKey }: EntityProperty): Readable {
  return { name, isOpaque: getter === true, isReference: targetMeta !== undefined && !targetKey };
}

function hasChanged({ changeSet, properties, values }: State): boolean {
  let isOther = false;
  for (let at = 0; at < values.length; at++) {
    const value = valueIn(changeSet.entity, properties[at]!);
    if (value === values[at]) continue;
    values[at] = value;
    isOther = true;
  }
  return isOther;
}

function valueIn(entity: object, property: Readable): unknown {
  if (property.isOpaque) return UNKNOWN;
  const value = (entity as Record<string, unknown>)[property.name];
  return typeof value === 'object' && value !== null ? comparable(value, property) : value;
}

function comparable(value: object, { isReference }: Readable): unknown {
  if (value instanceof Date) return value.getTime();
  if (!isReference) return UNKNOWN;
  const target: unknown = Reference.unwrapReference(value);
  // A key that a receiver gives it is one that its row has to refer to.
  return helper(target as object)?.hasPrimaryKey() ? target : UNKNOWN;
}
