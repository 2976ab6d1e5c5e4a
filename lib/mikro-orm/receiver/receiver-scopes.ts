import type { EntityManager } from '@mikro-orm/core';
import { Batch, isThenable, type Scope } from '../../core/index.js';
import { withCurrentEm } from './current-em.js';
import { guardForeign } from './guards.js';
import { flushForQueries, isUntouched } from './untouched.js';
import type { OpenTransaction } from '../transactions/open-transaction.js';

/** `Pre*`: the running flush's own EntityManager. What a receiver persists joins the flush; nothing is flushed for it. */
export class FlushScope implements Scope {
  readonly holdsTransaction = true;
  readonly batch = new Batch();

  constructor(readonly em: EntityManager) {}

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return call(payload);
  }
}

/** What no flush and no write of the library's surrounds: the EntityManager of whoever makes it happen. */
export class CallerScope implements Scope {
  constructor(readonly em: EntityManager) {}

  get holdsTransaction(): boolean {
    return this.em.isInTransaction();
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    return withCurrentEm(this.em, () => call(payload));
  }
}

/**
 * `Post*`: each receiver has an EntityManager of its own on the transaction of the flush. What is pending in it
 * when the receiver returns is flushed.
 *
 * An EntityManager that a receiver left as it found it is as good as new, and is given to the next.
 */
export class TransactionScope implements Scope {
  readonly holdsTransaction = true;
  readonly batch = new Batch();
  /** Of what is sent in it, once it is known. */
  open: OpenTransaction | undefined;
  private current: EntityManager | undefined;
  /** The last receiver has returned, and left it as it was. */
  private isFresh = true;

  /** @param entered - the current one around all calls. That of the flush itself where no call is expected: forks cost. */
  constructor(
    private readonly flushing: EntityManager,
    readonly entered: EntityManager = forkOf(flushing),
  ) {
    if (entered !== flushing) this.current = entered;
  }

  get em(): EntityManager {
    if (this.current && (this.isFresh || isUntouched(this.current))) return this.current;
    return (this.current = forkOf(this.flushing));
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const { em } = this;
    this.isFresh = false;
    const value = em === this.entered ? call(payload) : withCurrentEm(em, () => call(payload));
    if (isThenable(value)) return flushedAfter(value, em);
    this.isFresh = isUntouched(em);
    return this.isFresh ? value : em.flush().then(() => value);
  }
}

async function flushedAfter(value: PromiseLike<unknown>, em: EntityManager): Promise<unknown> {
  const settled = await value;
  if (!isUntouched(em)) await em.flush();
  return settled;
}

/** An EntityManager for one receiver, on the transaction of another. */
export function forkOf(em: EntityManager): EntityManager {
  const fork = em.fork({ keepTransactionContext: true, disableContextResolution: true });
  guardForeign(fork);
  // MikroORM flushes nothing for a query inside a flush (7.2.1), and this one runs inside the sender's.
  flushForQueries(fork);
  return fork;
}
