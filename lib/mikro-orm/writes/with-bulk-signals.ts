import type { DriverMethodOptions, EntityManager, EntityMetadata, EntityName, EventSubscriber } from '@mikro-orm/core';
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
  around<T>(em: EntityManager, write: BulkWrite, run: () => Promise<T>): Promise<T>;
}

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
      return writing(this, { operation: 'update', where, data }, entity, options, run);
    }

    override nativeDelete(entity: never, where: never, options?: never): Promise<number> {
      const run = (em: EntityManager) => super.nativeDelete.call(em, entity, where, options);
      return writing(this, { operation: 'delete', where }, entity, options, run);
    }

    override insert(entity: never, data?: never, options?: never): Promise<never> {
      const run = (em: EntityManager) => super.insert.call(em, entity, data, options) as Promise<never>;
      return writing(this, { operation: 'insert', data: data ?? entity }, entity, options, run);
    }

    override insertMany(entity: never, data?: never, options?: never): Promise<never[]> {
      const rows: readonly object[] = data ?? entity;
      const run = (em: EntityManager) => super.insertMany.call(em, entity, data, options) as Promise<never[]>;
      return writing(this, { operation: 'insert', data: rows }, data ? entity : rows[0], options, run);
    }
  }
  return BulkEntityManager;
}

/** The place of the metadata among the arguments of an EntityManager's constructor (MikroORM 7.2.1). */
const METADATA = 2;

/** Runs a write with its receivers before and after it, in one transaction with them. */
async function writing<T>(
  caller: EntityManager,
  what: Omit<BulkWrite, 'meta' | 'schema'>,
  entity: unknown,
  options: DriverMethodOptions | undefined,
  run: (em: EntityManager) => Promise<T>,
): Promise<T> {
  const meta = metaOfClass(caller, entity);
  const hook = [...caller.getEventManager().getSubscribers()].find(isBulkHook);
  if (!meta || !hook?.hasAudience(meta)) return run(caller);
  const em = caller.getContext(false);
  const write = { ...what, meta, schema: options?.schema ?? em.schema };
  const around = (inner: EntityManager) => hook.around(inner, write, () => run(inner));
  if (options?.ctx) {
    const joining = em.fork({ disableContextResolution: true });
    joining.setTransactionContext(options.ctx);
    return around(joining);
  }
  return em.isInTransaction() ? around(em) : em.transactional(around, { clear: true });
}

function isBulkHook(hook: EventSubscriber): hook is EventSubscriber & BulkHook {
  return 'isBulkHook' in hook;
}

/** @param entity - an entity class, or an entity. */
function metaOfClass(em: EntityManager, entity: unknown): EntityMetadata | undefined {
  const name = typeof entity === 'object' && entity !== null && '__meta' in entity ? entity.constructor : entity;
  return name === undefined ? undefined : em.getMetadata().find(name as EntityName<object>);
}
