import type { Collection, EntityProperty } from '@mikro-orm/core';
import { Cascade, Reference, Utils } from '../peer.js';

/** The value of a relation as it stands on the entity: a collection, a reference, an entity, a key, or nothing. */
export function relationOf(entity: object, { name }: EntityProperty): unknown {
  return (entity as Record<string, unknown>)[name];
}

export function collectionOf(entity: object, prop: EntityProperty): Collection<object> | undefined {
  const value = relationOf(entity, prop);
  return Utils.isCollection<object>(value) ? value : undefined;
}

/** The entities that a relation leads to, as far as they are loaded. */
export function relatedBy(entity: object, prop: EntityProperty): readonly object[] {
  const value = relationOf(entity, prop);
  if (Utils.isCollection<object>(value)) return value.getItems(false);
  const target: unknown = Reference.isReference(value) ? value.unwrap() : value;
  return Utils.isEntity<object>(target, true) ? [target] : [];
}

export function cascades({ cascade }: EntityProperty, what: Cascade): boolean {
  return cascade?.includes(what) || cascade?.includes(Cascade.ALL);
}
