import type { EntityFilter, InstanceOf, SenderShape } from '../../core/index.js';
import { ModelSignal, type PropertyOf } from '../model-signals.js';

/** The payload of `PreUpsert`, and of `PostUpsert`, whose `instance` is never undefined. */
export interface UpsertPayload<Entity extends object = object> {
  /** The entity. `PreUpsert` has one only if `em.upsert(entity)` was called with it. */
  readonly instance?: Entity;
  /** The data that `em.upsert(Entity, data)` was called with. The changes of a receiver of `PreUpsert` to it are written. */
  readonly data?: { [Property in PropertyOf<Entity>]?: unknown };
  /** Whether a row was inserted. Undefined before the SQL, and if the database cannot or will not say: only PostgreSQL can. */
  readonly created: boolean | undefined;
  /** The context name of the MikroORM instance. */
  readonly using: string;
  /** The database schema of the row, if it has one. */
  readonly schema?: string;
}

/** The payload of `PostUpsert`. */
export interface UpsertedPayload<Entity extends object = object> extends UpsertPayload<Entity> {
  readonly instance: Entity;
}

interface PreUpsertShape extends SenderShape<EntityFilter> {
  readonly payload: UpsertPayload<InstanceOf<this['SenderFilter']>>;
}

interface PostUpsertShape extends SenderShape<EntityFilter> {
  readonly payload: UpsertedPayload<InstanceOf<this['SenderFilter']>>;
}

/**
 * Sent before `em.upsert()` or `em.upsertMany()` runs its statement, once per row. An upsert is not part of a flush, so
 * it sends no `PreSave`. A receiver's EntityManager is one of its own, in the transaction of the caller if there is one.
 */
export class PreUpsert extends ModelSignal<PreUpsertShape> {}

/**
 * Sent after `em.upsert()` or `em.upsertMany()`, once per row. Without a transaction around it the row is committed
 * already, and an error of a receiver reaches the caller without undoing it.
 *
 * If it has a receiver, PostgreSQL is asked twice per row whether the row is new. If it refuses to say, `created` is
 * undefined; inside a transaction, which is over then, the upsert is rejected.
 */
export class PostUpsert extends ModelSignal<PostUpsertShape> {}
