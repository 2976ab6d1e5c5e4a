import { type EntityManager, RequestContext } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import { withCurrentEm } from './current-em.js';
import type { Running } from './running.js';
import { shadow } from './shadow.js';
import { isUntouched } from './untouched.js';

/**
 * Outside of everything: each receiver has an EntityManager of its own, of each MikroORM, and no transaction. What is
 * pending in one when the receiver returns is flushed.
 */
export class FreshScope implements Scope {
  readonly holdsTransaction = false;
  private forks: readonly EntityManager[] | undefined;

  /** @param ems - of each MikroORM; `message.em` is one of the first. */
  constructor(
    private readonly ems: readonly EntityManager[],
    private readonly running: Running,
  ) {}

  get em(): EntityManager | undefined {
    return (this.forks ??= this.ems.map(freshFork))[0];
  }

  run(call: () => unknown): Promise<unknown> {
    return this.running.outside(() => this.runOutside(call));
  }

  private async runOutside(call: () => unknown): Promise<unknown> {
    const { em } = this;
    const forks = this.forks ?? [];
    this.forks = undefined;
    if (!em) return call();
    const value = await withCurrentEms(forks, call);
    for (const fork of forks) if (!isUntouched(fork)) await fork.flush();
    return value;
  }
}

/** Runs `call` with these as the current EntityManagers of their MikroORMs, and with no other. */
export function withCurrentEms<T>(ems: readonly EntityManager[], call: () => T): T {
  const byName = new Map(ems.map(em => [em.name, em]));
  return RequestContext['storage'].run(new RequestContext(byName), () => withCurrentEm(ems[0]!, call));
}

/** An EntityManager that has nothing to do with any other. */
export function freshFork(em: EntityManager): EntityManager {
  const fork = em.fork({ useContext: false, disableContextResolution: true });
  shadow(fork, 'tryFlush', async () => {
    if (!isUntouched(fork)) await fork.flush();
  });
  return fork;
}
