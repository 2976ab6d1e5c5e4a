import type { ChangeSet, EntityMetadata, EntityProperty, Platform } from '@mikro-orm/core';
import type { Change } from './model-signals.js';
import { holds, ownerOf, type Snapshot, valueOf } from './stored-values.js';

/** The properties that a change set writes; an embeddable counts as one. */
export function changedProperties({ meta, payload }: ChangeSet<object>): EntityProperty[] {
  const owners = Object.keys(payload).map(key => ownerOf(meta, key));
  return [...new Set(owners.filter(prop => prop !== undefined))];
}

/** What a change set writes, by property. */
export function changesOf(changeSet: ChangeSet<object>, platform: Platform): Record<string, Change> {
  const before: Snapshot = (changeSet.originalEntity as Snapshot | undefined) ?? {};
  const after: Snapshot = { ...before, ...changeSet.payload };
  const entries = changedProperties(changeSet).map(prop => {
    const to = valueOf(after, prop, platform);
    return [prop.name, holds(before, prop) ? { from: valueOf(before, prop, platform), to } : { to }] as const;
  });
  return Object.fromEntries(entries);
}

/** The row as it was last read, by property. */
export function originalOf(meta: EntityMetadata, row: Snapshot, platform: Platform): Record<string, unknown> {
  const owners = new Set(Object.keys(row).map(key => ownerOf(meta, key)));
  const entries = [...owners].flatMap(prop => (prop ? [[prop.name, valueOf(row, prop, platform)] as const] : []));
  return Object.fromEntries(entries);
}
