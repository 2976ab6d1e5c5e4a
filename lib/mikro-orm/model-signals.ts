import type { EntityKey, RequiredEntityData } from '@mikro-orm/core';
import {
  classOfSchema,
  type EntityFilter,
  type InstanceOf,
  type SenderShape,
  Signal,
  type SignalShape,
} from '../core/index.js';

/** The names of an entity's mapped properties; any name where the entity is not known. */
export type PropertyOf<Entity> = [object] extends [Entity]
  ? string
  : Entity extends object
    ? Extract<EntityKey<Entity>, string>
    : never;

type Scalar = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array;

/** The type of a value in `changes`: relations are primary keys and embeddables plain objects, so only scalars keep their type. */
type Shown<Value> = Value extends Scalar | readonly Scalar[] ? Value : unknown;

/** One changed property, in JavaScript values; relations as primary keys. */
export interface Change<Value = unknown> {
  /** The value that was stored before. Absent if the entity is new, or the property had not been loaded. */
  readonly from?: Value;
  /** The value that is stored now. Absent for a `raw()` fragment as long as only the database knows its value. */
  readonly to: Value;
  /** Whether the property is mapped as `hidden`: leave it out of logs and stored messages. */
  readonly hidden?: true;
}

/** The changes of a flush to one entity, by property. */
export type Changes<Entity extends object = object> = {
  readonly [Property in PropertyOf<Entity>]?: Change<Property extends keyof Entity ? Shown<Entity[Property]> : unknown>;
};

/** The part of the payload that every model signal has. */
export interface ModelPayload<Entity extends object = object> {
  /** The entity. */
  readonly instance: Entity;
  /** The context name of the MikroORM instance; Django's database alias. */
  readonly using: string;
  /** The database schema of the entity, if it has one. */
  readonly schema?: string;
}

/** The payload of `PreSave` and `PostSave`. */
export interface SavePayload<Entity extends object = object> extends ModelPayload<Entity> {
  /** True for an INSERT, false for an UPDATE. */
  readonly created: boolean;
  /** The names of the changed properties of an update; null when the entity is new. */
  readonly updateFields: readonly PropertyOf<Entity>[] | null;
  /** The changed properties; of a new entity every property that was set, without `from`. Computed when it is first read. */
  readonly changes: Changes<Entity>;
}

/** The payload of `PreDelete` and `PostDelete`. */
export interface DeletePayload<Entity extends object = object> extends ModelPayload<Entity> {
  /** The row as it was last read, in JavaScript values; relations as primary keys. */
  readonly original: { readonly [Property in PropertyOf<Entity>]?: unknown };
}

/** The shape of a signal whose payload has only the parts that every model signal has. */
export interface InstanceShape extends SenderShape<EntityFilter> {
  readonly payload: ModelPayload<InstanceOf<this['SenderFilter']>>;
}

/**
 * The payload of any entity. The compiler compares it property by property, and so accepts that of a certain one; it
 * would refuse `SavePayload<object>` by its type argument alone.
 */
interface AnySave extends ModelPayload {
  readonly created: boolean;
  readonly updateFields: readonly string[] | null;
  readonly changes: { readonly [property: string]: Change | undefined };
}

interface AnyDelete extends ModelPayload {
  readonly original: { readonly [property: string]: unknown };
}

/** The field, if every new row has it: `em.create()` demands it. */
type Certain<Entity, Field> = Field extends keyof RequiredEntityData<Entity>
  ? {} extends Pick<RequiredEntityData<Entity>, Field>
    ? never
    : Field
  : never;

/** The payload, with the field always in `changes`. */
type WithField<Payload extends { readonly changes: object }, Field> = [Field] extends [never]
  ? Payload
  : Payload & {
      readonly changes: {
        readonly [Name in keyof Payload['changes'] & Field]-?: NonNullable<Payload['changes'][Name]>;
      };
    };

interface SaveShape extends SignalShape {
  readonly payload: unknown extends this['SenderFilter']
    ? AnySave
    : WithField<
        SavePayload<InstanceOf<this['SenderFilter']>>,
        Certain<InstanceOf<this['SenderFilter']>, this['Field']>
      >;
  readonly filter: EntityFilter;
  readonly field: PropertyOf<InstanceOf<this['SenderFilter']>>;
}

interface DeleteShape extends SenderShape<EntityFilter> {
  readonly payload: unknown extends this['SenderFilter'] ? AnyDelete : DeletePayload<InstanceOf<this['SenderFilter']>>;
}

/** A signal about one entity. Its sender is the class of the entity: the leaf, where it is mapped with inheritance. */
export abstract class ModelSignal<Shape extends SignalShape> extends Signal<Shape['payload'], EntityFilter, Shape> {
  /** @internal An EntitySchema stands for its class. */
  override senderKey(sender: unknown): unknown {
    return classOfSchema(sender) ?? sender;
  }
}

/** A signal that a flush sends for every entity that it writes. */
abstract class FlushSignal<Shape extends SignalShape> extends ModelSignal<Shape> {
  /** @internal */
  get comesInBatches(): boolean {
    return true;
  }
}

/** A signal with the changes of an entity. */
abstract class SaveSignal extends FlushSignal<SaveShape> {
  /** @internal */
  override changedFields({ created, updateFields }: SavePayload): readonly string[] | undefined {
    return created ? undefined : (updateFields ?? undefined);
  }
}

/**
 * Sent before a flush writes an entity: Django's `pre_save`.
 *
 * At that moment the changes of the flush are known, and no SQL was run. The changes of a receiver to `instance` are
 * written by the same flush, and entities that it persists or removes join it. An error stops the flush.
 */
export class PreSave extends SaveSignal {}

/**
 * Sent after a flush has written an entity: Django's `post_save`.
 *
 * At that moment every row of the flush is written, and the transaction is open: a receiver writes in the same one. An
 * error rolls it back.
 */
export class PostSave extends SaveSignal {}

/** Sent before a flush deletes an entity: Django's `pre_delete`. An error stops the flush. */
export class PreDelete extends FlushSignal<DeleteShape> {}

/** Sent after a flush has deleted an entity, inside the transaction: Django's `post_delete`. `instance` keeps its primary key. */
export class PostDelete extends FlushSignal<DeleteShape> {}
