import type { EntityFilter, InstanceOf, SenderShape } from '../../core/index.js';
import { ModelSignal, type PropertyOf } from '../model-signals.js';

/** The kind of a statement that writes rows at once. */
export type BulkOperation = 'insert' | 'update' | 'delete';

/** The payload of `PreBulkWrite` and `PostBulkWrite`. */
export interface BulkPayload<Entity extends object = object> {
  /** The kind of the statement. */
  readonly operation: BulkOperation;
  /** The condition for the rows, as it was given; undefined for an insert. */
  readonly where?: unknown;
  /** The values of an update, or the rows of an insert; undefined for a delete. */
  readonly data?: Row<Entity> | readonly Row<Entity>[];
  /** The number of rows that were written; undefined before the SQL. */
  readonly affected?: number;
  /** The context name of the MikroORM instance. */
  readonly using: string;
  /** The database schema of the statement, if it has one. */
  readonly schema?: string;
}

type Row<Entity> = { readonly [Property in PropertyOf<Entity>]?: unknown };

interface BulkShape extends SenderShape<EntityFilter> {
  readonly payload: BulkPayload<InstanceOf<this['SenderFilter']>>;
}

/**
 * Sent before `em.nativeUpdate()`, `em.nativeDelete()`, `em.insert()` or `em.insertMany()` runs its statement. No entities
 * are loaded for it, so there is no `instance`. Only with `entityManager: withBulkSignals(EntityManager)`.
 *
 * If it has a receiver, the statement runs in a transaction, in the caller's or one of its own, and an error rolls it
 * back.
 */
export class PreBulkWrite extends ModelSignal<BulkShape> {}

/** Sent after `em.nativeUpdate()`, `em.nativeDelete()`, `em.insert()` or `em.insertMany()`, in the same transaction. */
export class PostBulkWrite extends ModelSignal<BulkShape> {}
