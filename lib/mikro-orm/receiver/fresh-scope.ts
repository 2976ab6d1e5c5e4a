import type { EntityManager } from '@mikro-orm/core';
import { isThenable, type Scope } from '../../core/index.js';
import { withOwnEm } from './current-em.js';
import { OwnEm } from './own-em.js';
import type { Running } from './running.js';
import type { Settings } from './settings.js';
import { flushForQueries } from './untouched.js';
import { RequestContext } from '../peer.js';

/**
 * Outside of everything: each receiver has an EntityManager of its own, of each MikroORM, and no transaction. What is
 * pending in one when the receiver returns is flushed.
 *
 * Those that a receiver did not ask for are given to the next.
 */
export class FreshScope implements Scope {
  readonly holdsTransaction = false;
  private next: OwnEms | undefined;

  /** @param makeAll - makes one for each MikroORM; `message.em` is the first. */
  constructor(
    private readonly makeAll: () => readonly OwnEm[],
    private readonly running: Running,
  ) {}

  get own(): OwnEm | undefined {
    const { first } = (this.next ??= this.makeOwn());
    if (first) first.isTaken = true;
    return first;
  }

  enter<T>(calls: () => T): T {
    return this.enterWith((this.next ??= this.makeOwn()), calls);
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const ems = this.next ?? this.makeOwn();
    // What a receiver leaves behind that fails is nobody's.
    this.next = undefined;
    const receive = () => {
      const value = call(payload);
      return isThenable(value) ? this.leaveAfter(value, ems) : this.leave(value, ems);
    };
    return RequestContext.currentRequestContext() === ems.context ? receive() : this.enterWith(ems, receive);
  }

  private makeOwn(): OwnEms {
    return new OwnEms(this.makeAll());
  }

  private enterWith<T>({ first, context }: OwnEms, calls: () => T): T {
    if (!first) return calls();
    return this.running.outside(() => RequestContext['storage'].run(context, () => withOwnEm(first, calls)));
  }

  private async leaveAfter(value: PromiseLike<unknown>, ems: OwnEms): Promise<unknown> {
    return this.leave(await value, ems);
  }

  private leave(value: unknown, ems: OwnEms): unknown {
    if (ems.areTaken) return ems.flush()?.then(() => value) ?? value;
    this.next ??= ems;
    return value;
  }
}

/** The EntityManagers of the receiver that is called next: one of each MikroORM. */
class OwnEms {
  readonly first: OwnEm | undefined;
  readonly context: RequestContext;

  constructor(private readonly all: readonly OwnEm[]) {
    [this.first] = all;
    this.context = new RequestContext(new EmsByName(all));
  }

  get areTaken(): boolean {
    return this.all.some(({ isTaken }) => isTaken);
  }

  /** Undefined where nothing is pending. */
  flush(): Promise<void> | undefined {
    return this.all.some(own => own.known) ? this.flushAll() : undefined;
  }

  private async flushAll(): Promise<void> {
    for (const own of this.all) await own.flush();
  }
}

/** The EntityManagers of a request, made when they are asked for. */
class EmsByName extends Map<string, EntityManager> {
  private readonly byName: ReadonlyMap<string, OwnEm>;

  constructor(all: readonly OwnEm[]) {
    super();
    this.byName = new Map(all.map(own => [own.name, own]));
  }

  override get(name: string): EntityManager | undefined {
    return this.byName.get(name)?.em;
  }

  override has(name: string): boolean {
    return this.byName.has(name);
  }

  override *[Symbol.iterator](): MapIterator<[string, EntityManager]> {
    for (const [name, own] of this.byName) yield [name, own.em];
  }
}

/** An EntityManager that has nothing to do with any other. */
export function freshFork(settings: Settings): EntityManager {
  const fork = settings.fork();
  flushForQueries(fork);
  return fork;
}
