import type { EntityManager, TransactionContext } from '@mikro-orm/core';
import { mikroOrm } from '../peer.js';
import type { EmSettings } from './em-settings.js';
import { flushPending } from './pending-work.js';

/**
 * The EntityManager of one receiver, made when something asks for it: a fork costs more than most receivers do.
 *
 * It stands in MikroORM's transaction context, where injected EntityManagers look for the one that they stand for.
 */
export class OwnEm {
  /** The receiver may have kept it: no other receiver gets it. */
  isTaken = false;
  private made: EntityManager | undefined;

  /** @param source - the EntityManager, or its settings, that it gets its settings from when it is made. */
  constructor(
    readonly name: string,
    private readonly make: () => EntityManager,
    readonly source: EntityManager | EmSettings,
  ) {}

  get em(): EntityManager {
    this.isTaken = true;
    return (this.made ??= this.make());
  }

  /** The EntityManager; undefined until something has asked for it. */
  get known(): EntityManager | undefined {
    return this.made;
  }

  get id(): number {
    return this.em._id;
  }

  /** Writes its pending work. @returns a promise to await; undefined if nothing is pending. */
  flush(): Promise<void> | undefined {
    return this.made && flushPending(this.made);
  }
}

/** The EntityManagers for receivers that are called one after another. One that a receiver did not ask for goes to the next. */
export abstract class OwnEmScope<Own extends Pick<OwnEm, 'isTaken' | 'flush'>> {
  private unused: Own | undefined;

  constructor(private readonly makeOwn: () => Own) {}

  /** The one for the receiver that is called next. */
  protected get next(): Own {
    return (this.unused ??= this.makeOwn());
  }

  /** Takes the one for the receiver that is called now. A receiver that throws keeps it. */
  protected take(): Own {
    const { next } = this;
    this.unused = undefined;
    return next;
  }

  leave(own: Own): Promise<void> | undefined {
    if (own.isTaken) return own.flush();
    this.unused ??= own;
    return undefined;
  }
}

/** Returns the EntityManager in MikroORM's transaction context, or the object that stands there until one is asked for. */
export function inTransactionContext(): EntityManager | OwnEm | undefined {
  const context: TransactionContext | OwnEm | undefined = mikroOrm.TransactionContext.currentTransactionContext();
  return context instanceof OwnEm ? (context.known ?? context) : context?.em;
}

/**
 * Runs `call` with `em` as the current EntityManager of its MikroORM: the one that an injected EntityManager, its
 * repositories and the services that use them stand for. Other MikroORMs keep the one that they had.
 */
export function withCurrentEm<T>(em: EntityManager, call: () => T): T {
  // The transaction context takes an EntityManager as it is; RequestContext.create() would fork it.
  return besidesOuter(em.name, () => mikroOrm.TransactionContext.create(em, call));
}

/** Runs `call` with an EntityManager as the current one that is made when something asks for it. */
export function withOwnEm<T>(own: OwnEm, call: () => T): T {
  return besidesOuter(own.name, () => mikroOrm.TransactionContext['storage'].run(own as TransactionContext, call));
}

/** Runs `call` with these as the current EntityManagers of their MikroORMs, and with no other. */
export function withCurrentEms<T>(ems: readonly [EntityManager, ...EntityManager[]], call: () => T): T {
  const byName = new Map(ems.map(em => [em.name, em]));
  return mikroOrm.RequestContext['storage'].run(new mikroOrm.RequestContext(byName), () => withCurrentEm(ems[0], call));
}

/** MikroORM 7.2.1 remembers one transaction only, so that of another MikroORM would be hidden by the one entered here. */
function besidesOuter<T>(name: string, enter: () => T): T {
  const outer = inTransactionContext();
  if (!outer || outer.name === name) return enter();
  const em = outer instanceof OwnEm ? outer.em : outer;
  const ems = new Map(mikroOrm.RequestContext.currentRequestContext()?.map).set(outer.name, em);
  return mikroOrm.RequestContext['storage'].run(new mikroOrm.RequestContext(ems), enter);
}
