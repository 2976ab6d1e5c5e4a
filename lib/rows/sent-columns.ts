import type { EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { SignalError } from '../core/index.js';
import type { RowSignalsOptions } from './row-signals.js';

/** The columns of a table, by their names. */
export interface SentColumns {
  readonly key: readonly string[];
  /** The columns that are sent, the key included. */
  readonly sent: readonly string[];
}

/** Returns the columns of an entity's table that its row changes carry. */
export function sentColumns(meta: EntityMetadata, options: RowSignalsOptions): SentColumns {
  refuseUnknown(meta, options);
  const own = Object.values(meta.properties).filter(prop => hasColumns(prop, meta));
  const key = meta.getPrimaryProps().flatMap(({ fieldNames }) => fieldNames);
  // The entity of a row is known by it, where several share a table.
  const needed = own.filter(({ name }) => name === meta.root.discriminatorColumn);
  const chosen = own.filter(prop => isSentProperty(prop, meta, options));
  return { key, sent: [...new Set([...key, ...[...needed, ...chosen].flatMap(({ fieldNames }) => fieldNames)])] };
}

/** Whether a property has columns in the table itself: with table-per-type, those of the parent are elsewhere. */
function hasColumns({ kind, persist, formula, fieldNames, object, array, name }: EntityProperty, meta: EntityMetadata) {
  const isOwn = !meta.tptParent || meta.ownProps?.some(own => own.name === name);
  const isStored = persist !== false && !formula && (fieldNames?.length ?? 0) > 0;
  const isElsewhere = kind === '1:m' || kind === 'm:n' || (kind === 'embedded' && !object && !array);
  return Boolean(isOwn && isStored && !isElsewhere);
}

function isSentProperty(prop: EntityProperty, meta: EntityMetadata, { omit, only }: RowSignalsOptions): boolean {
  const owners = ownersOf(prop, meta);
  if (owners.some(({ hidden }) => hidden) || hidesPart(prop)) return false;
  const names = owners.map(({ name }) => name);
  return only ? names.some(name => only.includes(name)) : !names.some(name => omit?.includes(name));
}

/** A property, and the embeddables that it is a part of. */
function ownersOf(prop: EntityProperty, meta: EntityMetadata): EntityProperty[] {
  const owner = prop.embedded && meta.properties[prop.embedded[0]];
  return owner ? [prop, ...ownersOf(owner, meta)] : [prop];
}

/** Whether an embeddable that is stored as one value has a hidden part. */
function hidesPart({ kind, embeddedProps }: EntityProperty): boolean {
  return kind === 'embedded' && Object.values(embeddedProps).some(part => part.hidden || hidesPart(part));
}

function refuseUnknown(meta: EntityMetadata, { omit = [], only = [] }: RowSignalsOptions): void {
  const unknown = [...omit, ...only].find(name => !(name in meta.properties) && !(name in meta.root.properties));
  if (unknown === undefined) return;
  throw new SignalError('UNKNOWN_FIELD', {
    what: `${meta.className} has no property '${unknown}'.`,
    at: `@RowSignals on ${meta.className}`,
    fix: `use one of ${Object.keys(meta.properties).join(', ')}.`,
  });
}
