import type { Collection, EntityManager, EntityMetadata, EntityProperty } from '@mikro-orm/core';
import { mikroOrm } from '../peer.js';
import { metaOf } from '../properties.js';

/** Returns the collection of an entity behind a property, if it has one. */
export function collectionOf(entity: object, { name }: EntityProperty): Collection<object> | undefined {
  const value = (entity as Record<string, unknown>)[name];
  return mikroOrm.Utils.isCollection<object>(value) ? value : undefined;
}

/** Returns the entities that a relation leads to, as far as they are loaded. */
export function relatedBy(entity: object, prop: EntityProperty, meta: EntityMetadata): readonly object[] {
  if (prop.embedded) {
    const values = mikroOrm.Utils.unwrapProperty(entity, meta, prop);
    return values.flatMap(([value]) => targetOf(value) ?? []);
  }
  const value = (entity as Record<string, unknown>)[prop.name];
  if (value === undefined || value === null) return NONE;
  if (mikroOrm.Utils.isCollection<object>(value)) return value.getItems(false);
  const target = targetOf(value);
  return target ? [target] : NONE;
}

const NONE: readonly object[] = Object.freeze([]);

function targetOf(value: unknown): object | undefined {
  const target: unknown = mikroOrm.Reference.isReference(value) ? value.unwrap() : value;
  return mikroOrm.Utils.isEntity<object>(target, true) ? target : undefined;
}

/** Returns whether the entities behind a relation are persisted with an entity. */
export function cascadesPersist({ cascade }: EntityProperty): boolean {
  return cascade?.includes(mikroOrm.Cascade.PERSIST) || cascade?.includes(mikroOrm.Cascade.ALL);
}

/** Returns whether the entity may have been given to another by a relation that only one can have. */
export function isPaired(entity: object, em: EntityManager): boolean {
  return metaOf(entity, em).bidirectionalRelations.some(({ kind }) => kind === '1:1');
}
