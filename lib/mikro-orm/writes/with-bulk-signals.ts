import type { EntityManager, EntityMetadata, EntityName, EventSubscriber, Transaction } from '@mikro-orm/core';
import type { BulkPayload } from './bulk-signals.js';

/** A statement that writes rows at once. */
export interface BulkWrite extends Pick<BulkPayload, 'operation' | 'where' | 'data'> {
  readonly meta: EntityMetadata;
  readonly schema: string | undefined;
}

/** The watch that an EntityManager finds among the subscribers of its MikroORM, if an application has one. */
export interface BulkHook {
  readonly isBulkHook: true;
  hasAudience(meta: EntityMetadata): boolean;
  /** @param em - in the transaction of the statement. */
  around<T>(em: EntityManager, write: BulkWrite, run: () => Promise<T>, count: (result: T) => number): Promise<T>;
}

/** The options of the methods below. */
interface WriteOptions {
  readonly schema?: string;
  readonly ctx?: Transaction;
}

type Rows = object | readonly object[];

/** `any` because the arguments of an EntityManager's constructor are MikroORM's own affair. */
// oxlint-disable-next-line typescript/no-explicit-any
type EntityManagerClass = new (...args: any[]) => EntityManager;

/**
 * Makes an EntityManager whose `nativeUpdate`, `nativeDelete`, `insert` and `insertMany` send `PreBulkWrite` and
 * `PostBulkWrite`; without receivers they cost nothing. For
 * `MikroOrmModule.forRoot({ entityManager: withBulkSignals(EntityManager) })` with the `EntityManager` of the driver's
 * package, by which it is injected, too.
 */
export function withBulkSignals<Base extends EntityManagerClass>(Base: Base): Base {
  class BulkEntityManager extends Base {
    readonly sendsBulkSignals = true;

    // oxlint-disable-next-line typescript/no-explicit-any
    constructor(...args: any[]) {
      super(...args);
      // @mikro-orm/nestjs 7.1.0 makes one without metadata, to learn the class that it is injected by.
      if (!args[METADATA]) Object.defineProperty(this, 'constructor', { value: Base });
    }

    // The parameters are `never` because MikroORM's types of them depend on the entity; they are passed on as they are.
    override nativeUpdate(entity: never, where: never, data: never, options?: never): Promise<number> {
      const run = (em: EntityManager) => super.nativeUpdate.call(em, entity, where, data, options);
      return writing(this, 'update', entity, { where, data }, options, run, affected => affected);
    }

    override nativeDelete(entity: never, where: never, options?: never): Promise<number> {
      const run = (em: EntityManager) => super.nativeDelete.call(em, entity, where, options);
      return writing(this, 'delete', entity, { where }, options, run, affected => affected);
    }

    override insert(entity: never, data?: never, options?: never): Promise<never> {
      const run = (em: EntityManager) => super.insert.call(em, entity, data, options) as Promise<never>;
      return writing(this, 'insert', entity, { data: data ?? entity }, options, run, () => 1);
    }

    override insertMany(entity: never, data?: never, options?: never): Promise<never[]> {
      const rows: readonly object[] = data ?? entity;
      const run = (em: EntityManager) => super.insertMany.call(em, entity, data, options) as Promise<never[]>;
      return writing(this, 'insert', data ? entity : rows[0], { data: rows }, options, run, () => rows.length);
    }
  }
  return BulkEntityManager;
}

/** The place of the metadata among the arguments of an EntityManager's constructor (MikroORM 7.2.1). */
const METADATA = 2;

/** Runs a write with its receivers before and after it, in one transaction with them. */
async function writing<T>(
  caller: EntityManager,
  operation: BulkWrite['operation'],
  entity: unknown,
  what: { where?: unknown; data?: Rows },
  options: WriteOptions | undefined,
  run: (em: EntityManager) => Promise<T>,
  count: (result: T) => number,
): Promise<T> {
  const meta = metaOf(caller, entity);
  const hook = [...caller.getEventManager().getSubscribers()].find(isBulkHook);
  if (!meta || !hook?.hasAudience(meta)) return run(caller);
  const em = caller.getContext(false);
  const write = { operation, ...what, meta, schema: options?.schema ?? em.schema };
  const around = (inner: EntityManager) => hook.around(inner, write, () => run(inner), count);
  if (options?.ctx) return around(joining(em, options.ctx));
  return em.isInTransaction() ? around(em) : em.transactional(around, { clear: true });
}

function isBulkHook(hook: EventSubscriber): hook is EventSubscriber & BulkHook {
  return 'isBulkHook' in hook;
}

/** @param entity - an entity class, or an entity. */
function metaOf(em: EntityManager, entity: unknown): EntityMetadata | undefined {
  const name = typeof entity === 'object' && entity !== null && '__meta' in entity ? entity.constructor : entity;
  return name === undefined ? undefined : em.getMetadata().find(name as EntityName<object>);
}

/** Returns an EntityManager in a transaction that was handed over. */
function joining(em: EntityManager, transaction: Transaction): EntityManager {
  const fork = em.fork({ disableContextResolution: true });
  fork.setTransactionContext(transaction);
  return fork;
}
