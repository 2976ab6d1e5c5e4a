import type { EntityManager, EntityMetadata, EntityName, Transaction } from '@mikro-orm/core';
import type { BulkPayload } from './bulk-signals.js';

/** A statement that writes rows at once. */
export interface BulkWrite extends Pick<BulkPayload, 'operation' | 'where' | 'data'> {
  readonly meta: EntityMetadata;
  readonly schema: string | undefined;
}

/** What an EntityManager finds among the subscribers of its MikroORM when an application listens. */
export interface BulkHook {
  readonly isBulkHook: true;
  hears(meta: EntityMetadata): boolean;
  /** @param em - in the transaction of the statement. */
  around<T>(em: EntityManager, write: BulkWrite, run: () => Promise<T>, count: (result: T) => number): Promise<T>;
}

/** What the methods below take beside what they write. */
interface WriteOptions {
  readonly schema?: string;
  readonly ctx?: Transaction;
}

type Rows = object | readonly object[];

/** `any` because the arguments of an EntityManager's constructor are MikroORM's own affair. */
// oxlint-disable-next-line typescript/no-explicit-any
type EntityManagerClass = new (...args: any[]) => EntityManager;

/**
 * Lets `nativeUpdate`, `nativeDelete`, `insert` and `insertMany` send `PreBulkWrite` and `PostBulkWrite`, where
 * somebody hears them; they cost nothing otherwise. For `MikroOrmModule.forRoot({ entityManager: withBulkSignals(EntityManager) })`
 * with the `EntityManager` of the driver's package, which stays what is injected.
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

    override nativeUpdate(entity: never, where: never, data: never, options?: WriteOptions): Promise<number> {
      const run = (em: EntityManager, own?: WriteOptions) =>
        super.nativeUpdate.call(em, entity, where, data, own as never);
      return writing(this, 'update', entity, { where, data }, options, run, affected => affected);
    }

    override nativeDelete(entity: never, where: never, options?: WriteOptions): Promise<number> {
      const run = (em: EntityManager, own?: WriteOptions) => super.nativeDelete.call(em, entity, where, own as never);
      return writing(this, 'delete', entity, { where }, options, run, affected => affected);
    }

    override insert(entity: never, data?: never, options?: WriteOptions): Promise<never> {
      const run = (em: EntityManager, own?: WriteOptions) => super.insert.call(em, entity, data as never, own as never);
      return writing(this, 'insert', entity, { data: data ?? entity }, options, run as never, () => 1);
    }

    override insertMany(entity: never, data?: never, options?: WriteOptions): Promise<never[]> {
      const rows = (data ?? entity) as readonly object[];
      const run = (em: EntityManager, own?: WriteOptions) =>
        super.insertMany.call(em, entity, data as never, own as never);
      return writing(this, 'insert', data ? entity : rows[0], { data: rows }, options, run as never, () => rows.length);
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
  run: (em: EntityManager, options?: WriteOptions) => Promise<T>,
  count: (result: T) => number,
): Promise<T> {
  const meta = metaOf(caller, entity);
  const hook = hookOf(caller);
  if (!meta || !hook?.hears(meta)) return run(caller, options);
  const em = caller.getContext(false);
  const write = { operation, ...what, meta, schema: options?.schema ?? em.schema };
  const around = (inner: EntityManager, own?: WriteOptions) => hook.around(inner, write, () => run(inner, own), count);
  if (options?.ctx) return around(joining(em, options.ctx), options);
  return em.isInTransaction()
    ? around(em, options)
    : em.transactional(inner => around(inner, options), { clear: true });
}

function hookOf(em: EntityManager): BulkHook | undefined {
  for (const hook of em.getEventManager().getSubscribers())
    if ('isBulkHook' in hook) return hook as unknown as BulkHook;
  return undefined;
}

/** @param entity - an entity class, or an entity. */
function metaOf(em: EntityManager, entity: unknown): EntityMetadata | undefined {
  const name = typeof entity === 'object' && entity !== null && '__meta' in entity ? entity.constructor : entity;
  return name === undefined ? undefined : em.getMetadata().find(name as EntityName<object>);
}

/** An EntityManager in a transaction that was handed over. */
function joining(em: EntityManager, transaction: Transaction): EntityManager {
  const fork = em.fork({ disableContextResolution: true });
  fork.setTransactionContext(transaction);
  return fork;
}
