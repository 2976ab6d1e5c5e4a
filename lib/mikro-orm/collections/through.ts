import type { Collection } from '@mikro-orm/core';
import { classOfSchema, type EntityFilter, type InstanceOf, SENDER_NAME } from '../../core/index.js';

/** The names of an entity's collections. */
export type CollectionOf<Entity> = Extract<
  { [Name in keyof Entity]: Entity[Name] extends Collection<infer _Item, infer _Owner> ? Name : never }[keyof Entity],
  string
>;

/** The items of a collection of an entity. */
export type ItemOf<Entity, Name> = Name extends keyof Entity
  ? Entity[Name] extends Collection<infer Item, infer _Owner>
    ? Item
    : object
  : object;

/** The two entities of a many-to-many relation. */
export interface ThroughEnds {
  /** The entity that declares the relation. */
  readonly owner: object;
  /** The entity on the other side. */
  readonly item: object;
}

/** A many-to-many relation as a sender: Django's `Pizza.toppings.through`. Made by `through()`. */
export class Through<Ends extends ThroughEnds = ThroughEnds> {
  /** For the compiler only. */
  declare readonly '~ends': Ends;
  /** The class that declares the property, or the schema that `defineEntity` made. */
  readonly entity: EntityFilter;
  /** The name of the property that declares the relation. */
  readonly property: string;

  /** @internal Use `through()`. */
  constructor(entity: EntityFilter, property: string) {
    this.entity = entity;
    this.property = property;
  }

  /** @internal */
  get [SENDER_NAME](): string {
    const entity = (classOfSchema(this.entity) ?? this.entity) as { name?: string } | undefined;
    return `through(${entity?.name}, '${this.property}')`;
  }
}

/**
 * Returns the many-to-many relation behind a property, as `sender` of a receiver of `M2mChanged`. Either side names it:
 * `through(Pizza, 'toppings')` and `through(Topping, 'pizzas')` are the same sender.
 *
 * @param property - the name of a many-to-many collection of `entity`. Checked when the application starts:
 * `SENDER_NOT_AN_ENTITY`, `SENDER_UNDEFINED`, `UNKNOWN_FIELD`.
 */
export function through<Entity extends EntityFilter, Name extends CollectionOf<InstanceOf<Entity>>>(
  entity: Entity,
  property: Name,
): Through<{ owner: InstanceOf<Entity>; item: ItemOf<InstanceOf<Entity>, Name> & object }> {
  return new Through(entity, property);
}
