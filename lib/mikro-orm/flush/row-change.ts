import type { EntityProperty, Platform } from '@mikro-orm/core';
import { copyOf } from '../../core/index.js';
import type { Change, Changes } from '../model-signals.js';
import { mikroOrm } from '../peer.js';
import { keyOf, keyValues, ownerOf, propertyOf, type Values } from '../properties.js';
import { type AnyChangeSet, writtenBy } from './change-sets.js';
import type { KnownRow } from './known-rows.js';
import { objectOf } from './lazy-object.js';
import { holds, isConverted, isFilledIn, isRawIn, type Snapshot, valueOf } from './stored-values.js';

/** The change of a row by a change set. */
export class RowChange {
  private readonly before: Snapshot;
  private readonly written: Snapshot;
  /** The values on the instance of properties with types of their own, at the moment of `hold()`. */
  private held: Map<EntityProperty, unknown> | undefined;

  /**
   * @param postponed - values that the flush writes later, and that are not in the change set.
   * @param known - values of the row that are not in its snapshot.
   */
  constructor(
    private readonly changeSet: AnyChangeSet,
    postponed: Snapshot,
    private readonly known: KnownRow | undefined,
    private readonly platform: Platform,
  ) {
    this.before = { ...known?.filledIn, ...(changeSet.originalEntity as Snapshot | undefined) };
    this.written = { ...writtenBy(changeSet), ...postponed };
  }

  /** Whether all values that it writes are known. */
  get isSettled(): boolean {
    for (const key in this.written) {
      const value = this.written[key];
      if (
        typeof value === 'object' &&
        value !== null &&
        (value instanceof mikroOrm.EntityIdentifier || mikroOrm.isRaw(value))
      )
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

  /** Remembers the values on the instance that only the type of their property could read from the row. */
  hold(): this {
    const values = this.changeSet.entity as Values;
    for (const key in this.written) {
      const prop = ownerOf(this.changeSet.meta, key);
      if (prop && isConverted(prop)) (this.held ??= new Map()).set(prop, shown(values[prop.name], prop));
    }
    return this;
  }

  /** The old and new values, by property. Old values with types of their own are converted when they are read. */
  get changes(): Changes {
    if (!this.held) this.hold();
    const after = { ...this.before, ...this.written };
    const changes = objectOf(
      this.properties.map(prop => [prop.name, () => this.changeOf(prop, after), this.held?.has(prop) === true]),
    );
    return changes as Changes;
  }

  private changeOf(prop: EntityProperty, after: Snapshot): Change {
    const change: Partial<Record<keyof Change, unknown>> = {};
    if (this.wasKnown(prop)) change.from = valueOf(this.before, prop, this.platform);
    // Only the database knows the value of a raw fragment.
    if (!isRawIn(this.written, prop))
      change.to = this.held?.has(prop) ? this.held.get(prop) : valueOf(after, prop, this.platform);
    if (prop.hidden) change.hidden = true;
    return change as Change;
  }

  private wasKnown(prop: EntityProperty): boolean {
    if (isRawIn(this.before, prop)) return false;
    return holds(this.before, prop) || (this.known?.isWhole === true && !isFilledIn(prop));
  }

  /**
   * Returns whether a key is written as it was. MikroORM reads generated values after a write, changed or not, and keys
   * after one of several rows; and it takes null for a change of a property that was never set (7.2.1).
   */
  private isSame(key: string): boolean {
    const [before, written] = [this.before, this.written];
    if (key in before) return before[key] === written[key];
    const prop = propertyOf(this.changeSet.meta, key);
    // A table refers to the one above it by a key that is not known yet.
    if (prop?.primary && written[key] instanceof mikroOrm.EntityIdentifier)
      return written[key].getValue() === undefined;
    return this.known?.isWhole === true && (written[key] ?? null) === null && !(prop && isFilledIn(prop));
  }
}

/** Returns the value of a property of an instance as it is shown: embeddables as objects, relations as primary keys. */
function shown(value: unknown, prop: EntityProperty): unknown {
  const held: unknown = mikroOrm.ScalarReference.isScalarReference(value) ? value.unwrap() : value;
  if (held === null || held === undefined) return null;
  if (prop.kind === 'embedded')
    return Array.isArray(held) ? held.map(item => parts(item as Values, prop)) : parts(held as Values, prop);
  return prop.targetMeta ? keyOf(keyValues({ [prop.name]: held }, [prop])) : copyOf(held);
}

function parts(embeddable: Values, { embeddedProps }: EntityProperty): Values {
  const held = Object.entries(embeddedProps).filter(([name]) => embeddable[name] !== undefined);
  return Object.fromEntries(held.map(([name, part]) => [name, shown(embeddable[name], part)]));
}
