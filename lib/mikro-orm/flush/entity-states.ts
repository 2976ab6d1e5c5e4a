import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { getOrInsert } from '../../core/index.js';
import type { AnyChangeSet } from './change-sets.js';
import { mikroOrm } from '../peer.js';
import type { Values } from '../properties.js';

/** A value that is never equal to itself, for one that MikroORM has to compare. */
const UNKNOWN = Number.NaN;

/** A property as it is read. */
interface Readable {
  readonly name: string;
  /** The embeddables that lead to it, from the entity on. */
  readonly within: readonly string[];
  /** Whether it is one embeddable, whose properties are read one by one: comparing it whole would convert its values. */
  readonly isEmbeddable: boolean;
  /** Whether it is a getter, which may compute its value from anything. */
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
  /** Whether it has relations that are not among these: collections above all. */
  readonly hasOthers: boolean;
  readonly values: unknown[];
}

/** The entities whose values have changed. */
export class Changed {
  readonly changeSets: AnyChangeSet[] = [];
  /** The changed entities that may refer to new ones since. */
  readonly leading: object[] = [];
  /** Whether a relation that only one entity can have was changed. */
  areOthersChanged = false;
  /** The entities that others referred to, and do not any more. */
  readonly leftBehind: object[] = [];
  /** The entities that referred to others, and do not any more. */
  readonly letGo: object[] = [];

  note(entity: object, { isOneToOne, isReference }: Readable, old: unknown, value: unknown): void {
    if (isOneToOne) this.areOthersChanged = true;
    // A relation that is mapped to its key holds a key, which may be an array.
    if (!isReference || !mikroOrm.Utils.isEntity<object>(old)) return;
    this.leftBehind.push(old);
    if (value === undefined || value === null) this.letGo.push(entity);
  }
}

/**
 * The values of entities before receivers are called for them. A flush may have thousands, of which receivers change few,
 * and to read their properties costs a tenth of MikroORM's comparison.
 */
export class EntityStates {
  private readonly states: State[] = [];
  private readonly known = new Map<EntityMetadata, Pick<State, 'properties' | 'hasOthers'>>();

  note(changeSet: AnyChangeSet): void {
    this.states.push(this.stateOf(changeSet));
  }

  stateOf(changeSet: AnyChangeSet): State {
    const { properties, hasOthers } = this.propertiesOf(changeSet.meta);
    const values: unknown[] = [];
    for (const property of properties) values.push(valueIn(changeSet.entity, property));
    return { changeSet, properties, hasOthers, values };
  }

  /** Returns the entities whose values have changed, as far as it can be seen from outside, and notes the new values. */
  takeChanged(): Changed {
    const changed = new Changed();
    for (const state of this.states) {
      const isOther = hasChanged(state, changed);
      if (isOther) changed.changeSets.push(state.changeSet);
      if (isOther || state.hasOthers) changed.leading.push(state.changeSet.entity);
    }
    return changed;
  }

  private propertiesOf(meta: EntityMetadata): Pick<State, 'properties' | 'hasOthers'> {
    return getOrInsert(this.known, meta, () => {
      const inverse = meta.relations.filter(({ kind, owner }) => kind === '1:1' && !owner);
      const read = [...meta.comparableProps.filter(({ embedded }) => !embedded), ...inverse];
      const hasOthers = meta.relations.some(prop => !prop.embedded && !read.includes(prop));
      return { properties: read.flatMap(prop => readables(prop)), hasOthers };
    });
  }
}

/** Returns whether it holds a value that cannot be compared from outside. */
export function isPartlyUnknown({ values }: State): boolean {
  return values.some(value => Number.isNaN(value));
}

/** Returns the names of the properties whose values have changed; of those that can be compared from outside. */
export function changedNames({ changeSet, properties, values }: State): string[] {
  const isOther = (property: Readable, at: number) => {
    const value = valueIn(changeSet.entity, property);
    return value !== values[at] && !(Number.isNaN(value) && Number.isNaN(values[at]));
  };
  const changed = properties.filter((property, at) => property.isStored && isOther(property, at));
  return [...new Set(changed.map(({ name, within }) => within[0] ?? name))];
}

/** Returns whether a value of an entity has changed, as far as it can be seen from outside. */
export function isOther({ changeSet, properties, values }: State): boolean {
  return properties.some((property, at) => !Object.is(valueIn(changeSet.entity, property), values[at]));
}

/** Notes the changes of an entity. @returns whether there are any. */
function hasChanged({ changeSet, properties, values }: State, changed: Changed): boolean {
  const { entity } = changeSet;
  let isOther = false;
  for (let at = 0; at < values.length; at++) {
    const property = properties[at]!;
    const [old, value] = [values[at], valueIn(entity, property)];
    if (value === old) continue;
    values[at] = value;
    isOther = true;
    if (property.within.length === 0) changed.note(entity, property, old, value);
  }
  return isOther;
}

/** Returns how to read a property, and those of the embeddable that it may hold. */
function readables(prop: EntityProperty, within: readonly string[] = []): Readable[] {
  const read = readable(prop, within);
  if (!read.isEmbeddable) return [read];
  const parts = Object.entries(prop.embeddedProps);
  return [read, ...parts.flatMap(([name, part]) => readables({ ...part, name }, [...within, prop.name]))];
}

function readable(prop: EntityProperty, within: readonly string[]): Readable {
  const { name, kind, owner, getter, targetKey, mapToPk, array } = prop;
  const leadsToEntity = (kind === 'm:1' || kind === '1:1') && !targetKey;
  // With mapToPk the value is the key itself, an array if it has several parts.
  const isReference = leadsToEntity && !mapToPk;
  const isStored = kind !== '1:1' || owner;
  const isOneToOne = leadsToEntity && kind === '1:1';
  const isEmbeddable = kind === 'embedded' && !array;
  return { name, within, isEmbeddable, isOpaque: getter === true, isReference, isStored, isOneToOne };
}

function valueIn(entity: object, property: Readable): unknown {
  if (property.isOpaque) return UNKNOWN;
  let holder = entity as Values | null | undefined;
  for (const name of property.within) holder = holder?.[name] as Values | null | undefined;
  const value = holder?.[property.name];
  return typeof value === 'object' && value !== null ? comparable(value, property) : value;
}

function comparable(value: object, { isReference, isEmbeddable }: Readable): unknown {
  if (value instanceof Date) return value.getTime();
  if (isEmbeddable) return value;
  return isReference ? mikroOrm.Reference.unwrapReference(value) : UNKNOWN;
}
