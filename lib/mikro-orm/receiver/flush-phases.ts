import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import type { CutOff } from '../transactions/cut-off.js';

/** A flush that is calling receivers: before its first statement, or after its last. */
export interface FlushPhase {
  readonly phase: 'before' | 'after';
  /** The EntityManager that flushes, and its unit of work. */
  readonly em: EntityManager;
  readonly uow: UnitOfWork;
  /** The scope of its receivers, which are called one after another. */
  readonly scope?: Scope;
  /** The transactions in which a receiver of a robust send has its turn. */
  readonly holding?: ReadonlySet<object> | undefined;
}

/** The flush that is calling receivers here. Entered once for all receivers before the SQL, and once after it. */
export class FlushPhases {
  private readonly phases = new AsyncLocalStorage<FlushPhase | undefined>();
  private readonly cutOffs = new AsyncLocalStorage<CutOff>();
  /** The scopes of the receivers of sends in a transaction that this code is running in. */
  private readonly receivers = new AsyncLocalStorage<readonly object[]>();

  get current(): FlushPhase | undefined {
    return this.phases.getStore();
  }

  /** The means to end the call that is running here, if it may have to be ended. */
  get cutOff(): CutOff | undefined {
    return this.cutOffs.getStore();
  }

  /** Runs a receiver of a send in a transaction. */
  receiving<T>(scope: Scope, call: () => T): T {
    return this.receivers.run([...(this.receivers.getStore() ?? []), scope], call);
  }

  /** Returns whether this code is running in a receiver that the scope surrounds. */
  isReceiving(scope: object): boolean {
    return this.receivers.getStore()?.includes(scope) ?? false;
  }

  withCutOff<T>(cutOff: CutOff, call: () => T): T {
    return this.cutOffs.run(cutOff, call);
  }

  /** Runs `call` where no flush is calling receivers. */
  leave<T>(call: () => T): T {
    return this.phases.run(undefined, call);
  }

  within<T>(phase: FlushPhase, call: () => T): T {
    const holding = phase.holding ?? this.current?.holding;
    return this.phases.run(holding ? { ...phase, holding } : phase, call);
  }

  /** Runs receivers of rows that are written. */
  afterSql<T>(em: EntityManager, scope: Scope, call: () => T, holding?: ReadonlySet<object>): T {
    return this.within({ phase: 'after', em, uow: em.getUnitOfWork(false), scope, holding }, call);
  }
}
