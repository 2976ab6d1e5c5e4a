import type { EntityKey } from '@mikro-orm/core';

/** The class of an entity, or what `defineEntity` and `EntitySchema` made instead of one. */
export type EntityFilter = (abstract new (...args: never[]) => object) | { readonly '~entity': object };

/** The entity that a filter, or the entity itself, stands for. */
export type EntityOf<Wanted> = unknown extends Wanted
  ? object
  : Wanted extends (abstract new (...args: never[]) => infer Entity extends object)
    ? Entity
    : Wanted extends { readonly '~entity': infer Entity extends object }
      ? Entity
      : Wanted extends object
        ? Wanted
        : object;

/** The names of an entity's mapped properties; any name where the entity is not known. */
export type PropertyOf<Entity> = [object] extends [Entity]
  ? string
  : Entity extends object
    ? Extract<EntityKey<Entity>, string>
    : never;
