import type { EntityManager } from '@mikro-orm/core';
import { Batch, type Channel, type ConnectionRecord, isThenable, type Scope, type Tenant } from '../../core/index.js';
import { withCurrentEm, withOwnEm } from './current-em.js';
import { guardForeign } from './guards.js';
import { OwnEm } from './own-em.js';
import type { Running } from './running.js';
import { flushForQueries } from './untouched.js';
import type { OpenTransaction } from '../transactions/open-transaction.js';

/** `Pre*`: the running flush's own EntityManager. What a receiver persists joins the flush; nothing is flushed for it. */
export class FlushScope implements Scope {
  readonly holdsTransaction = true;
  readonly batch = new Batch();
  readonly own: { readonly em: EntityManager };
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;

  constructor(em: EntityManager) {
    this.own = { em };
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return call(payload);
  }
}

/** What no flush and no write of the library's surrounds: the EntityManager of whoever makes it happen. */
export class CallerScope implements Scope {
  readonly own: { readonly em: EntityManager };

  constructor(private readonly em: EntityManager) {
    this.own = { em };
  }

  get holdsTransaction(): boolean {
    return this.em.isInTransaction();
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return withCurrentEm(this.em, () => call(payload));
  }
}

/** In a transaction: receivers share the EntityManager of their sender, and COMMIT writes what they leave pending. */
export class SenderScope extends CallerScope {
  /** @param isNamed - it is not the current one: the sender has named it. */
  constructor(
    em: EntityManager,
    private readonly running: Running,
    private readonly isNamed = false,
  ) {
    super(em);
  }

  override run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return this.running.receiving(this, () => (this.isNamed ? super.run(call, payload) : call(payload)));
  }
}

/**
 * `Post*`: each receiver has an EntityManager of its own on the transaction of the flush. What is pending in it
 * when the receiver returns is flushed.
 *
 * One that a receiver did not ask for is given to the next.
 */
export class TransactionScope implements Scope {
  readonly holdsTransaction = true;
  readonly batch = new Batch();
  /** Of what is sent in it, once they are known. */
  open: OpenTransaction | undefined;
  tenant: Tenant | undefined;
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;
  /** What looks at an entity after each of its receivers. */
  watched: { look(receiver: string): void } | undefined;
  private next: OwnEm | undefined;
  private entered: OwnEm | undefined;

  constructor(private readonly flushing: EntityManager) {}

  get own(): OwnEm {
    const own = (this.next ??= this.makeOwn());
    own.isTaken = true;
    return own;
  }

  enter<T>(calls: () => T): T {
    this.entered = this.next ??= this.makeOwn();
    return withOwnEm(this.entered, calls);
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const own = this.next ?? this.makeOwn();
    // What a receiver leaves behind that fails is nobody's.
    this.next = undefined;
    const value = own === this.entered ? call(payload) : withOwnEm(own, () => call(payload));
    const { watched, receiver } = this;
    if (isThenable(value)) return this.leaveAfter(value, own, () => watched?.look(receiver?.uid ?? ''));
    watched?.look(receiver?.uid ?? '');
    return this.leave(value, own);
  }

  private async leaveAfter(value: PromiseLike<unknown>, own: OwnEm, look: () => void): Promise<unknown> {
    const settled = await value;
    look();
    return this.leave(settled, own);
  }

  private leave(value: unknown, own: OwnEm): unknown {
    if (own.isTaken) return own.flush()?.then(() => value) ?? value;
    this.next ??= own;
    return value;
  }

  private makeOwn(): OwnEm {
    return new OwnEm(this.flushing.name, () => forkOf(this.flushing, this), this.flushing);
  }
}

/** An EntityManager for one receiver, on the transaction of another. */
export function forkOf(em: EntityManager, scope: Scope): EntityManager {
  const fork = em.fork({ keepTransactionContext: true, disableContextResolution: true });
  guardForeign(fork, scope);
  // MikroORM flushes nothing for a query inside a flush (7.2.1), and this one runs inside the sender's.
  flushForQueries(fork);
  return fork;
}
