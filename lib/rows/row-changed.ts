import { classOfSchema, type EntityFilter, Signal, type SignalContext, type SignalShape } from '../core/index.js';
import type { PropertyOf, RelationFilter, RowChanges, RowOf, RowValues } from './row-types.js';
import type { RowOperation } from './trigger-names.js';

/** A change of one row, in JavaScript values as `PostSave` has them: relations as primary keys, no hidden properties. */
export interface RowChangedPayload<Entity extends object = object> {
  readonly operation: RowOperation;
  /** The primary key; an array where it has several columns. */
  readonly key: unknown;
  /** The row before; undefined for an insert. */
  readonly old: RowValues<Entity> | undefined;
  /** The row after; undefined for a delete. */
  readonly new: RowValues<Entity> | undefined;
  /** The changed properties; of a new row all, of one that is deleted none. */
  readonly changes: RowChanges<Entity>;
  /** The context of the code that wrote it, of `forRoot({ context })` or `withContext()`; null where the application did not write it. */
  readonly by: Readonly<SignalContext> | null;
  /** The id of the transaction that wrote the change. */
  readonly transactionId: string;
  /** The time of the statement. */
  readonly changedAt: Date;
  /** The context name of the MikroORM. */
  readonly using: string;
  /** The database schema of the table. */
  readonly schema: string;
}

interface RowShape extends SignalShape {
  readonly payload: RowChangedPayload<RowOf<this['SenderFilter']>>;
  readonly filter: EntityFilter | RelationFilter;
  readonly field: PropertyOf<RowOf<this['SenderFilter']>>;
}

/**
 * Sent for every committed change of a row of a `@RowSignals` entity, by any program: the application, `psql`, another service,
 * a cascade. The sender is the class of the entity, which is the leaf where it is mapped with inheritance, or
 * `through(Order, 'tags')` for the rows of a pivot table.
 *
 * Its receivers are durable, and called once the change is committed; the changes of one row come in the order of their
 * commits where the receiver has a `key`. A changed primary key is a delete and an insert, and what changes nothing is not sent.
 */
export class RowChanged extends Signal<RowShape['payload'], EntityFilter | RelationFilter, RowShape> {
  /** @internal An EntitySchema stands for its class. */
  override senderKey(sender: unknown): unknown {
    return classOfSchema(sender) ?? sender;
  }

  /** @internal */
  override changedFields({ operation, changes }: RowChangedPayload): readonly string[] | undefined {
    return operation === 'update' ? Object.keys(changes) : undefined;
  }

  /** @internal */
  override deliveryFix(): string {
    return `say SignalsModule.forRoot({ durable: pgBoss({ rows: true }) }), with pgBoss from 'nestjs-signals/pg-boss'.`;
  }
}
