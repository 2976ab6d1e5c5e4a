import type { EntityManager } from '@mikro-orm/core';
import { Batch, type Channel, type ConnectionRecord, isThenable, type Scope, type Tenant } from '../../core/index.js';
import type { OpenTransaction } from '../transactions/open-transaction.js';
import { OwnEm, OwnEmScope, withCurrentEm, withOwnEm } from './current-em.js';
import type { FlushPhases } from './flush-phases.js';
import { guardForeign } from './guards.js';
import { answerOf, flushForQueries } from './pending-work.js';

/** The scope of `Pre*` signals: the EntityManager that is flushing. The entities that a receiver persists join the flush. */
export class FlushScope implements Scope {
  readonly holdsTransaction = true;
  readonly batch = new Batch();
  readonly own = { em: this.em };

  constructor(private readonly em: EntityManager) {}

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return call(payload);
  }
}

/** The EntityManager of the caller, outside of every flush and write of the library. */
export class CallerScope implements Scope {
  readonly own = { em: this.em };

  constructor(private readonly em: EntityManager) {}

  get holdsTransaction(): boolean {
    return this.em.isInTransaction();
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return withCurrentEm(this.em, () => call(payload));
  }
}

/** In a transaction: receivers share the EntityManager of their sender, and COMMIT writes the work that they leave pending. */
export class SenderScope extends CallerScope {
  /** @param isNamed - it is not the current one: the sender has named it. */
  constructor(
    em: EntityManager,
    private readonly phases: FlushPhases,
    private readonly isNamed = false,
  ) {
    super(em);
  }

  override run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return this.phases.receiving(this, () => (this.isNamed ? super.run(call, payload) : call(payload)));
  }
}

/** An entity that is checked after each of its receivers. */
interface WatchedEntity {
  look(receiver: string): void;
}

/**
 * The scope of `Post*` signals: each receiver has an EntityManager of its own on the transaction of the flush. The work
 * that it leaves pending is flushed when it returns.
 */
export class TransactionScope extends OwnEmScope<OwnEm> implements Scope {
  readonly holdsTransaction = true;
  readonly batch = new Batch();
  /** The transaction of the messages that are sent in it, once it is known. */
  open: OpenTransaction | undefined;
  tenant: Tenant | undefined;
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;
  watched: WatchedEntity | undefined;
  private entered: OwnEm | undefined;

  constructor(flushing: EntityManager) {
    super(() => new OwnEm(flushing.name, () => forkOf(flushing, this), flushing));
  }

  get own(): OwnEm {
    const { next } = this;
    next.isTaken = true;
    return next;
  }

  enter<T>(calls: () => T): T {
    this.entered = this.next;
    return withOwnEm(this.entered, calls);
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const own = this.take();
    const value = own === this.entered ? call(payload) : withOwnEm(own, () => call(payload));
    const { watched, receiver } = this;
    return answerOf(watched ? lookAfter(value, watched, receiver?.uid ?? '') : value, own, this);
  }
}

/** Looks at the entity when a receiver has answered. */
function lookAfter(value: unknown, watched: WatchedEntity, receiver: string): unknown {
  if (isThenable(value)) return lookLater(value, watched, receiver);
  watched.look(receiver);
  return value;
}

async function lookLater(value: PromiseLike<unknown>, watched: WatchedEntity, receiver: string): Promise<unknown> {
  return lookAfter(await value, watched, receiver);
}

/** In a transaction, but in none of its flushes: each receiver has an EntityManager of its own on it. */
export class JoinedScope implements Scope {
  readonly holdsTransaction = true;
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;
  private readonly scope = new TransactionScope(this.outer);

  constructor(
    private readonly outer: EntityManager,
    private readonly phases: FlushPhases,
  ) {}

  get own(): OwnEm {
    return this.scope.own;
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const { outer, phases, scope } = this;
    [scope.receiver, scope.signal] = [this.receiver, this.signal];
    return phases.afterSql(outer, scope, () => scope.run(call, payload));
  }
}

/** Returns an EntityManager for one receiver, on the transaction of another. */
export function forkOf(em: EntityManager, scope: Scope): EntityManager {
  const fork = em.fork({ keepTransactionContext: true, disableContextResolution: true });
  guardForeign(fork, scope);
  // MikroORM flushes nothing for a query inside a flush (7.2.1), and this one runs inside the sender's.
  flushForQueries(fork);
  return fork;
}
