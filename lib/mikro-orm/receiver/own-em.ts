import type { EntityManager } from '@mikro-orm/core';
import { TransactionContext } from '../peer.js';
import { flushPending } from './pending-work.js';
import type { EmSettings } from './em-settings.js';

/**
 * The EntityManager of one receiver, made when something asks for it: a fork costs more than most receivers do.
 *
 * It stands in MikroORM's transaction context, where injected EntityManagers look for the one that they stand for.
 */
export class OwnEm {
  /** The receiver may have kept it: no other receiver gets it. */
  isTaken = false;
  /** The EntityManager; undefined until something has asked for it. */
  known: EntityManager | undefined;

  /** @param source - the EntityManager, or its settings, that it gets its settings from when it is made. */
  constructor(
    readonly name: string,
    private readonly make: () => EntityManager,
    readonly source: EntityManager | EmSettings,
  ) {}

  get em(): EntityManager {
    this.isTaken = true;
    return (this.known ??= this.make());
  }

  get id(): number {
    return this.em._id;
  }

  /** Writes its pending work. @returns a promise to await; undefined if nothing is pending. */
  flush(): Promise<void> | undefined {
    return this.known && flushPending(this.known);
  }
}

/** The EntityManagers for receivers that are called one after another. One that a receiver did not ask for goes to the next. */
export abstract class OwnEmScope<Own extends Pick<OwnEm, 'isTaken' | 'flush'>> {
  private unused: Own | undefined;

  protected abstract makeOwn(): Own;

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
  const context: TransactionContext | OwnEm | undefined = TransactionContext.currentTransactionContext();
  return context instanceof OwnEm ? (context.known ?? context) : context?.em;
}
