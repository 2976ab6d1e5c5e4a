import type { EntityKey } from '@mikro-orm/core';

/** The names of an entity's mapped properties; any name where the entity is not known. */
export type PropertyOf<Entity> = [object] extends [Entity]
  ? string
  : Entity extends object
    ? Extract<EntityKey<Entity>, string>
    : never;
