import type { EntityManager } from '@mikro-orm/core';
import { TransactionContext } from '../peer.js';
import type { Settings } from './settings.js';
import { isUntouched } from './untouched.js';

/**
 * The EntityManager of one receiver, made when something asks for it: a fork costs more than most receivers do.
 *
 * It stands in MikroORM's transaction context, where injected EntityManagers look for the one that they stand for.
 */
export class OwnEm {
  /** The receiver may have a hold of it: it is never the next one's. */
  isTaken = false;
  private made: EntityManager | undefined;

  constructor(
    readonly name: string,
    private readonly make: () => EntityManager,
    /** It is set like this one when it is made. */
    readonly source: EntityManager | Settings,
  ) {}

  get em(): EntityManager {
    this.isTaken = true;
    return (this.made ??= this.make());
  }

  get id(): number {
    return this.em._id;
  }

  /** Undefined while nothing has asked for it. */
  get known(): EntityManager | undefined {
    return this.made;
  }

  /** Writes what is pending in it. @returns what is to be awaited; undefined where there is nothing. */
  flush(): Promise<void> | undefined {
    return this.made && !isUntouched(this.made) ? this.made.flush() : undefined;
  }
}

/** The EntityManager in MikroORM's transaction context, or what stands there until one is asked for. */
export function inTransactionContext(): EntityManager | OwnEm | undefined {
  const context: TransactionContext | OwnEm | undefined = TransactionContext.currentTransactionContext();
  return context instanceof OwnEm ? (context.known ?? context) : context?.em;
}
