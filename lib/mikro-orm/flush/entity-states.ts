import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import type { AnyChangeSet } from './change-sets.js';
import { Reference } from '../peer.js';

/** What is never equal to itself: MikroORM has to compare such a value. */
const UNKNOWN = Number.NaN;

/** A property as it is read. */
interface Readable {
  readonly name: string;
  /** It may compute its value from what cannot be seen. */
  readonly isOpaque: boolean;
  readonly isReference: boolean;
  readonly isStored: boolean;
  /** The entity on the other side, and the one that it is taken from, change with it. */
  readonly isOneToOne: boolean;
}

/** The values of an entity at one moment. */
export interface State {
  readonly changeSet: AnyChangeSet;
  readonly properties: readonly Readable[];
  readonly values: unknown[];
}

/**
 * What entities held before receivers saw them. A flush may have thousands, of which receivers change few, and to read
 * their properties costs a tenth of MikroORM's comparison.
 */
export class EntityStates {
  /** Whether a relation that only one entity can have was among what was found changed last. */
  areOthersChanged = false;
  private readonly states: State[] = [];
  private readonly properties = new Map<EntityMetadata, readonly Readable[]>();

  note(changeSet: AnyChangeSet): void {
    this.states.push(this.stateOf(changeSet));
  }

  stateOf(changeSet: AnyChangeSet): State {
    const properties = this.propertiesOf(changeSet.meta);
    const values: unknown[] = [];
    for (const property of properties) values.push(valueIn(changeSet.entity, property));
    return { changeSet, properties, values };
  }

  /** Those that hold something else now, as far as it can be seen from outside. What they hold is noted. */
  takeChanged(): AnyChangeSet[] {
    this.areOthersChanged = false;
    const changed: AnyChangeSet[] = [];
    for (const state of this.states) if (this.hasChanged(state)) changed.push(state.changeSet);
    return changed;
  }

  private hasChanged({ changeSet, properties, values }: State): boolean {
    let isOther = false;
    for (let at = 0; at < values.length; at++) {
      const property = properties[at]!;
      const value = valueIn(changeSet.entity, property);
      if (value === values[at]) continue;
      values[at] = value;
      isOther = true;
      if (property.isOneToOne) this.areOthersChanged = true;
    }
    return isOther;
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

/** Whether it holds a value that cannot be compared from outside. */
export function isPartlyUnknown({ values }: State): boolean {
  return values.some(value => Number.isNaN(value));
}

/** The names of what an entity holds now that is something else; of what can be compared from outside. */
export function changedNames({ changeSet, properties, values }: State): string[] {
  const isOther = (property: Readable, at: number) => {
    const value = valueIn(changeSet.entity, property);
    return value !== values[at] && !(Number.isNaN(value) && Number.isNaN(values[at]));
  };
  return properties.filter((property, at) => property.isStored && isOther(property, at)).map(({ name }) => name);
}

/** Whether an entity holds anything else now, as far as it can be seen from outside. */
export function isOther({ changeSet, properties, values }: State): boolean {
  return properties.some((property, at) => !Object.is(valueIn(changeSet.entity, property), values[at]));
}

function readable({ name, kind, owner, getter, targetMeta, targetKey }: EntityProperty): Readable {
  const isReference = targetMeta !== undefined && !targetKey;
  const isStored = kind !== '1:1' || owner;
  return { name, isOpaque: getter === true, isReference, isStored, isOneToOne: isReference && kind === '1:1' };
}

function valueIn(entity: object, property: Readable): unknown {
  if (property.isOpaque) return UNKNOWN;
  const value = (entity as Record<string, unknown>)[property.name];
  return typeof value === 'object' && value !== null ? comparable(value, property) : value;
}

function comparable(value: object, { isReference }: Readable): unknown {
  if (value instanceof Date) return value.getTime();
  return isReference ? Reference.unwrapReference(value) : UNKNOWN;
}
