import type { EntityMetadata, MikroORM } from '@mikro-orm/core';
import { type EntityFilter, type SenderShape, Signal } from '../../core/index.js';
import { ModelSignal } from '../model-signals.js';

/** The payload of `EntityPrepared`. */
export interface EntityPreparedPayload {
  /** MikroORM's metadata of the entity, complete. */
  readonly meta: EntityMetadata;
  /** The context name of the MikroORM instance. */
  readonly using: string;
}

interface EntityPreparedShape extends SenderShape<EntityFilter> {
  readonly payload: EntityPreparedPayload;
}

/**
 * Sent when MikroORM knows an entity class completely: Django's `class_prepared`. Once per class and MikroORM when the
 * application starts, before any other module's `onModuleInit`; not for abstract classes, embeddables and pivot
 * tables that no class stands for. An error is logged.
 */
export class EntityPrepared extends ModelSignal<EntityPreparedShape> {}

/** The payload of `ConnectionCreated`. */
export interface ConnectionCreatedPayload {
  /** The context name of the MikroORM instance. */
  readonly using: string;
  /** The new connection, as Kysely's dialect gives it: `executeQuery(CompiledQuery.raw(...))` runs on this one. */
  readonly connection: unknown;
}

/**
 * Sent when the pool has opened a connection to the database: Django's `connection_created`. The sender is the `MikroORM`.
 *
 * Receivers are awaited before the connection is used; an error is logged, and the connection used all the same. Use
 * the `connection` of the payload: an EntityManager would wait for another. Sent by drivers that have MikroORM's
 * `onCreateConnection`, of which PostgreSQL is one.
 */
export class ConnectionCreated extends Signal<ConnectionCreatedPayload, MikroORM> {}
