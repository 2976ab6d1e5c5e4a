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
  /** The entity on the other side, and the one that it is taken from, change with it. */
  readonly isOneToOne: boolean;
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
  /** Whether a relation that only one entity can have was among what was found changed last. */
  areOthersChanged = false;
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

function readable({ name, kind, getter, targetMeta, targetKey }: EntityProperty): Readable {
  const isReference = targetMeta !== undefined && !targetKey;
  return { name, isOpaque: getter === true, isReference, isOneToOne: isReference && kind === '1:1' };
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
