import type { EntityManager } from '@mikro-orm/core';
import { type Channel, type ConnectionRecord, type Scope, SignalError } from '../../core/index.js';
import { OwnEm, OwnEmScope, withCurrentEms, withOwnEm } from './current-em.js';
import type { FlushPhases } from './flush-phases.js';
import { answerOf, flushForQueries, flushPending } from './pending-work.js';
import type { EmSettings } from './em-settings.js';
import { mikroOrm } from '../peer.js';

/**
 * Apart from the code that is running: each receiver has an EntityManager of its own, of each MikroORM, and no
 * transaction. The work that it leaves pending is flushed when it returns.
 */
export class FreshScope extends OwnEmScope<OwnEms> implements Scope {
  readonly holdsTransaction = false;

  /** @param makeAll - makes one for each MikroORM; `message.em` is the first. */
  constructor(
    makeAll: () => readonly OwnEm[],
    private readonly phases: FlushPhases,
  ) {
    super(() => new OwnEms(makeAll()));
  }

  get own(): OwnEm | undefined {
    const { first } = this.next;
    if (first) first.isTaken = true;
    return first;
  }

  enter<T>(calls: () => T): T {
    return this.enterWith(this.next, calls);
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const ems = this.take();
    const receive = () => answerOf(call(payload), ems, this);
    return mikroOrm.RequestContext.currentRequestContext() === ems.context ? receive() : this.enterWith(ems, receive);
  }

  private enterWith<T>({ first, context }: OwnEms, calls: () => T): T {
    if (!first) return calls();
    return this.phases.leave(() => mikroOrm.RequestContext['storage'].run(context, () => withOwnEm(first, calls)));
  }
}

/** The scope of receivers that have no EntityManager: to use one is refused. */
export class NoEmScope extends FreshScope {
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;

  /** @param roots - the EntityManagers that are refused. */
  constructor(
    roots: readonly EntityManager[],
    phases: FlushPhases,
    private readonly fix: string,
  ) {
    super(() => roots.map(root => new OwnEm(root.name, () => this.refuse(), root)), phases);
  }

  private refuse(): never {
    throw new SignalError('NO_ENTITY_MANAGER', {
      what: `${this.receiver?.uid} cannot use an EntityManager: receivers of ${this.signal?.name} have none.`,
      at: 'message.em, or an injected EntityManager',
      fix: this.fix,
    });
  }
}

/** The EntityManagers of one receiver, by the context name of their MikroORM: made when they are asked for. */
class OwnEms extends Map<string, EntityManager> {
  readonly first = this.all[0];
  readonly context = new mikroOrm.RequestContext(this);

  constructor(private readonly all: readonly OwnEm[]) {
    super();
  }

  get isTaken(): boolean {
    return this.all.some(({ isTaken }) => isTaken);
  }

  flush(): Promise<void> | undefined {
    return this.all.some(own => own.known) ? this.flushAll() : undefined;
  }

  private async flushAll(): Promise<void> {
    for (const own of this.all) await own.flush();
  }

  override get(name: string): EntityManager | undefined {
    return this.all.findLast(own => own.name === name)?.em;
  }

  override has(name: string): boolean {
    return this.all.some(own => own.name === name);
  }

  override *[Symbol.iterator](): MapIterator<[string, EntityManager]> {
    for (const { name, em } of this.all) yield [name, em];
  }
}

/** Returns an EntityManager that shares nothing with any other. */
export function freshFork(settings: EmSettings): EntityManager {
  const fork = settings.fork();
  flushForQueries(fork);
  return fork;
}

/**
 * Does the work with an EntityManager of its own for each MikroORM, and flushes their pending work at the end.
 *
 * @param settings - of each MikroORM; the first is the one of the work, and of the transaction.
 * @param commit - makes it a transaction; called in it, after the work, just before COMMIT.
 */
export async function inOwnUnitOfWork<T>(
  settings: readonly EmSettings[],
  work: (scope: Scope) => Promise<T>,
  commit?: (em: EntityManager) => Promise<unknown>,
): Promise<T> {
  const forks = settings.map(freshFork) as [EntityManager, ...EntityManager[]];
  const [em] = forks;
  const scope: Scope = { own: { em }, holdsTransaction: commit !== undefined, run: (call, payload) => call(payload) };
  const workAndFlush = async () => {
    const value = await work(scope);
    for (const fork of forks.toReversed()) await flushPending(fork);
    return value;
  };
  return withCurrentEms(forks, () => (commit ? inTransaction(em, workAndFlush, commit) : workAndFlush()));
}

async function inTransaction<T>(
  em: EntityManager,
  work: () => Promise<T>,
  beforeCommit: (em: EntityManager) => Promise<unknown>,
): Promise<T> {
  await em.begin();
  try {
    const value = await work();
    await beforeCommit(em);
    await em.commit();
    return value;
  } catch (error) {
    // After a lost connection there is nothing to roll back, and the first error says why.
    await em.rollback().catch(() => {});
    throw error;
  }
}
