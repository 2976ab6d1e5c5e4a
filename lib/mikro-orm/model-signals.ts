import type { RequiredEntityData } from '@mikro-orm/core';
import { Signal, type SignalShape } from '../core/index.js';
import type { EntityFilter, EntityOf, PropertyOf } from './entity-types.js';
import { classOfSchema } from './entity-schema.js';

type Scalar = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array;

/** Relations are shown as primary keys and embeddables as plain objects, so only scalars keep their type. */
type Shown<Value> = Value extends Scalar | readonly Scalar[] ? Value : unknown;

/** One changed property, in JavaScript values; relations as primary keys. */
export interface Change<Value = unknown> {
  /** What was stored before. Absent when the entity is new, or when the property had not been loaded. */
  readonly from?: Value;
  /** What is stored now. Absent for a `raw()` fragment, as long as only the database knows what it comes to. */
  readonly to: Value;
  /** The property is mapped as `hidden`: leave it out of logs and of what is stored. */
  readonly hidden?: true;
}

/** What a flush changes of one entity, by property. */
export type Changes<Entity extends object = object> = {
  readonly [Property in PropertyOf<Entity>]?: Change<Property extends keyof Entity ? Shown<Entity[Property]> : unknown>;
};

/** What every model signal tells. */
export interface ModelPayload<Entity extends object = object> {
  readonly instance: Entity;
  /** The context name of the MikroORM instance; Django's database alias. */
  readonly using: string;
  /** The database schema of the entity, where it has one. */
  readonly schema?: string;
}

export interface SavePayload<Entity extends object = object> extends ModelPayload<Entity> {
  /** True for an INSERT, false for an UPDATE. */
  readonly created: boolean;
  /** The names of the changed properties of an update; null when the entity is new. */
  readonly updateFields: readonly PropertyOf<Entity>[] | null;
  /** On create every property that was set, without `from`. Computed when it is first read. */
  readonly changes: Changes<Entity>;
}

export interface DeletePayload<Entity extends object = object> extends ModelPayload<Entity> {
  /** The row as it was last read, in JavaScript values; relations as primary keys. */
  readonly original: { readonly [Property in PropertyOf<Entity>]?: unknown };
}

/** The shape of a signal that tells `instance` and where it belongs, and no more. */
export interface InstanceShape extends SignalShape {
  readonly payload: ModelPayload<EntityOf<this['Wanted']>>;
  readonly filter: EntityFilter;
  readonly field: never;
}

/**
 * The payload of any entity. The compiler compares it property by property, and so accepts that of a certain one;
 * `SavePayload<object>` it would refuse by its type argument alone.
 */
interface AnySave extends ModelPayload {
  readonly created: boolean;
  readonly updateFields: readonly string[] | null;
  readonly changes: { readonly [property: string]: Change | undefined };
}

interface AnyDelete extends ModelPayload {
  readonly original: { readonly [property: string]: unknown };
}

/** The field, if no new row is without it: `em.create()` demands it. */
type Certain<Entity, Field> = Field extends keyof RequiredEntityData<Entity>
  ? {} extends Pick<RequiredEntityData<Entity>, Field>
    ? never
    : Field
  : never;

/** `changes` is never without the field. */
type WithField<Payload extends { readonly changes: object }, Field> = [Field] extends [never]
  ? Payload
  : Payload & {
      readonly changes: {
        readonly [Name in keyof Payload['changes'] & Field]-?: NonNullable<Payload['changes'][Name]>;
      };
    };

interface SaveShape extends SignalShape {
  readonly payload: unknown extends this['Wanted']
    ? AnySave
    : WithField<SavePayload<EntityOf<this['Wanted']>>, Certain<EntityOf<this['Wanted']>, this['Field']>>;
  readonly filter: EntityFilter;
  readonly field: PropertyOf<EntityOf<this['Wanted']>>;
}

interface DeleteShape extends SignalShape {
  readonly payload: unknown extends this['Wanted'] ? AnyDelete : DeletePayload<EntityOf<this['Wanted']>>;
  readonly filter: EntityFilter;
  readonly field: never;
}

/** A signal about one entity. Its sender is the class of the entity: the leaf, where it is mapped with inheritance. */
export abstract class ModelSignal<Shape extends SignalShape> extends Signal<Shape['payload'], EntityFilter, Shape> {
  /** @internal An EntitySchema stands for its class. */
  override senderKey(sender: unknown): unknown {
    return classOfSchema(sender) ?? sender;
  }
}

/** A signal that a flush sends, of every entity that it writes. */
abstract class FlushSignal<Shape extends SignalShape> extends ModelSignal<Shape> {
  /** @internal */
  override get comesInBatches(): boolean {
    return true;
  }
}

/** A signal that says what changes. */
abstract class SaveSignal extends FlushSignal<SaveShape> {
  /** @internal */
  override changedFields({ created, updateFields }: SavePayload): readonly string[] | undefined {
    return created ? undefined : (updateFields ?? undefined);
  }
}

/**
 * Before an entity is written by a flush: Django's `pre_save`.
 *
 * Sent when the changes of the flush are known, before any SQL. What a receiver changes on `instance` is
 * written by the same flush, and what it persists or removes joins it. An error stops the flush.
 */
export class PreSave extends SaveSignal {}

/**
 * After an entity was written: Django's `post_save`.
 *
 * Sent inside the transaction, before COMMIT, when every row of the flush is there. A receiver writes in the
 * same transaction. An error rolls it back.
 */
export class PostSave extends SaveSignal {}

/** Before an entity is deleted by a flush: Django's `pre_delete`. An error stops the flush. */
export class PreDelete extends FlushSignal<DeleteShape> {}

/** After an entity was deleted, inside the transaction: Django's `post_delete`. `instance` keeps its primary key. */
export class PostDelete extends FlushSignal<DeleteShape> {}
