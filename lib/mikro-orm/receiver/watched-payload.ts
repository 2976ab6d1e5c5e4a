import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { AnyChangeSet } from '../flush/change-sets.js';
import { differences, snapshotOf } from '../flush/comparing.js';
import { EntityStates, isOther, isPartlyUnknown } from '../flush/entity-states.js';
import { collectionOf } from '../flush/related.js';
import { mikroOrm } from '../peer.js';
import { metaOf } from '../properties.js';

/** The values of an entity at one moment. */
export interface Unchanged {
  readonly em: EntityManager;
  isUnchanged(): boolean;
}

const states = new EntityStates();

/** Notes the values of the managed entities of a payload, and of the sender if it is one. Undefined without any. */
export function watchPayload(payload: unknown, sender: unknown): Unchanged[] | undefined {
  const found = new Set<object>();
  note(sender, found);
  if (!note(payload, found)) noteMembers(payload as Record<string, unknown>, found);
  return found.size > 0 ? [...found].map(watchEntity) : undefined;
}

function noteMembers(payload: Record<string, unknown>, found: Set<object>): void {
  for (const name in payload) {
    const value = payload[name];
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) for (const item of value as unknown[]) note(item, found);
    else note(value, found);
  }
}

/** Notes a managed entity. @returns whether the value is an entity. */
function note(value: unknown, found: Set<object>): boolean {
  if (typeof value !== 'object' || value === null || !mikroOrm.Utils.isEntity<object>(value, true)) return false;
  const entity = mikroOrm.Reference.unwrapReference(value);
  if (mikroOrm.helper(entity).__em) found.add(entity);
  return true;
}

function watchEntity(entity: object): Unchanged {
  const em = mikroOrm.helper(entity).__em as EntityManager;
  const meta = metaOf(entity, em);
  const state = states.stateOf({ entity, meta } as AnyChangeSet);
  const row = isPartlyUnknown(state) ? snapshotOf(entity, em) : undefined;
  const dirt = dirtOf(entity, meta);
  const isSameRow = () => !row || Object.keys(differences(meta, row, snapshotOf(entity, em), em)).length === 0;
  const areSameCollections = () => dirtOf(entity, meta).every((size, at) => size === dirt[at]);
  return { em, isUnchanged: () => !isOther(state) && isSameRow() && areSameCollections() };
}

/** Returns how many items each changed collection of an entity holds. */
function dirtOf(entity: object, { relations }: EntityMetadata): readonly number[] {
  return relations.map(prop => {
    const collection = collectionOf(entity, prop);
    return collection?.isDirty() ? collection.getItems(false).length : -1;
  });
}
