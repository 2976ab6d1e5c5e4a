import type { SignalShape } from '../../core/index.js';
import type { EntityFilter, EntityOf, PropertyOf } from '../entity-types.js';
import { ModelSignal } from '../model-signals.js';

export type BulkOperation = 'insert' | 'update' | 'delete';

/** What `PreBulkWrite` and `PostBulkWrite` tell. */
export interface BulkPayload<Entity extends object = object> {
  readonly operation: BulkOperation;
  /** Which rows, as it was given; undefined for an insert. */
  readonly where?: unknown;
  /** What is written: the values of an update, the rows of an insert; undefined for a delete. */
  readonly data?: Row<Entity> | readonly Row<Entity>[];
  /** How many rows were written. Undefined before the SQL. */
  readonly affected?: number;
  /** The context name of the MikroORM instance. */
  readonly using: string;
  readonly schema?: string;
}

type Row<Entity> = { readonly [Property in PropertyOf<Entity>]?: unknown };

interface BulkShape extends SignalShape {
  readonly payload: BulkPayload<EntityOf<this['Wanted']>>;
  readonly filter: EntityFilter;
  readonly field: never;
}

/**
 * Before `em.nativeUpdate()`, `em.nativeDelete()`, `em.insert()` or `em.insertMany()` sends its statement. No entities
 * are loaded for it, so there is no `instance`. Only with `entityManager: withBulkSignals(EntityManager)`.
 *
 * Where somebody hears it, the statement runs in a transaction, in the caller's or one of its own, and an error
 * rolls it back.
 */
export class PreBulkWrite extends ModelSignal<BulkShape> {}

/** After such a statement, in the same transaction. */
export class PostBulkWrite extends ModelSignal<BulkShape> {}
