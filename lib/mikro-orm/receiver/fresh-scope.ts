import type { EntityManager } from '@mikro-orm/core';
import { isThenable, type Scope } from '../../core/index.js';
import { withCurrentEm } from './current-em.js';
import type { Running } from './running.js';
import { flushForQueries, isUntouched } from './untouched.js';
import { RequestContext, TransactionContext } from '../peer.js';

/**
 * Outside of everything: each receiver has an EntityManager of its own, of each MikroORM, and no transaction. What is
 * pending in one when the receiver returns is flushed.
 *
 * EntityManagers that a receiver left as it found them are as good as new, and are given to the next.
 */
export class FreshScope implements Scope {
  readonly holdsTransaction = false;
  private forks: readonly EntityManager[] = [];
  private context: RequestContext | undefined;
  /** The last receiver has returned, and left them as they were. */
  private areFresh = false;

  /** @param ems - of each MikroORM; `message.em` is one of the first. */
  constructor(
    private readonly ems: readonly EntityManager[],
    private readonly running: Running,
  ) {}

  get em(): EntityManager | undefined {
    if (!this.areFresh && !(this.context && this.forks.every(isUntouched))) {
      this.forks = this.ems.map(freshFork);
      this.context = new RequestContext(new Map(this.forks.map(fork => [fork.name, fork])));
    }
    return this.forks[0];
  }

  enter<T>(calls: () => T): T {
    const { em, context } = this;
    if (!em || !context) return calls();
    return this.running.outside(() =>
      RequestContext['storage'].run(context, () => TransactionContext.create(em, calls)),
    );
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const { em, context, forks } = this;
    if (!em) return call(payload);
    this.areFresh = false;
    const receive = () => {
      const value = call(payload);
      if (isThenable(value)) return flushAfter(value, forks);
      this.areFresh = forks.every(isUntouched);
      return this.areFresh ? value : flushAll(value, forks);
    };
    return RequestContext.currentRequestContext() === context ? receive() : this.enter(receive);
  }
}

async function flushAfter(value: PromiseLike<unknown>, forks: readonly EntityManager[]): Promise<unknown> {
  return flushAll(await value, forks);
}

async function flushAll(value: unknown, forks: readonly EntityManager[]): Promise<unknown> {
  for (const fork of forks) if (!isUntouched(fork)) await fork.flush();
  return value;
}

/** Runs `call` with these as the current EntityManagers of their MikroORMs, and with no other. */
export function withCurrentEms<T>(ems: readonly EntityManager[], call: () => T): T {
  const byName = new Map(ems.map(em => [em.name, em]));
  return RequestContext['storage'].run(new RequestContext(byName), () => withCurrentEm(ems[0]!, call));
}

/** An EntityManager that has nothing to do with any other. */
export function freshFork(em: EntityManager): EntityManager {
  const fork = em.fork({ useContext: false, disableContextResolution: true });
  flushForQueries(fork);
  return fork;
}
