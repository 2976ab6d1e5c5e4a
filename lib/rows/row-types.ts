import type { EntityKey } from '@mikro-orm/core';
import type { InstanceOf } from '../core/index.js';

/** The result of `through()`. */
export interface RelationFilter {
  readonly '~ends': object;
  readonly property: string;
}

type Scalar = string | number | bigint | boolean | null | undefined | Date | Uint8Array;

/** Relations are primary keys and embeddables plain objects, so only scalars keep their type. */
type Shown<Value> = Value extends Scalar | readonly Scalar[] ? Value : unknown;

/** The entity that a sender, or the entity itself, stands for; unknown for that of a relation. */
export type RowOf<SenderFilter> = SenderFilter extends RelationFilter ? object : InstanceOf<SenderFilter>;

/** The names of an entity's mapped properties; any name where the entity is not known. */
export type PropertyOf<Entity extends object> = [object] extends [Entity] ? string : Extract<EntityKey<Entity>, string>;

type ValueOf<Entity, Property> = Property extends keyof Entity ? Shown<Entity[Property]> : unknown;

/** The values of a row, by property. */
export type RowValues<Entity extends object = object> = {
  readonly [Property in PropertyOf<Entity>]?: ValueOf<Entity, Property>;
};

/** The changed properties of a row. */
export type RowChanges<Entity extends object = object> = {
  readonly [Property in PropertyOf<Entity>]?: {
    /** Absent where the row is new. */
    readonly from?: ValueOf<Entity, Property>;
    readonly to: ValueOf<Entity, Property>;
  };
};
