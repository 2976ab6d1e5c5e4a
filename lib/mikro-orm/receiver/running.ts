import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import type { CutOff } from '../transactions/cut-off.js';

/** A flush that is calling receivers: before its first statement, or after its last. */
export interface RunningPhase {
  readonly phase: 'before' | 'after';
  /** The EntityManager that flushes, and its unit of work. */
  readonly em: EntityManager;
  readonly uow: UnitOfWork;
  /** What surrounds its receivers, which are called one after another. */
  readonly scope?: Scope;
  /** The transactions in which a receiver of a robust send has its turn. */
  readonly holding?: ReadonlySet<object>;
}

/** A receiver of a send in a transaction, and the one that it is called within. */
interface Receiving {
  readonly scope: Scope;
  readonly within: Receiving | undefined;
}

/** Which flush is calling receivers here. Entered once for all receivers before the SQL, and once after it. */
export class Running {
  private readonly phases = new AsyncLocalStorage<RunningPhase | undefined>();
  private readonly cutOffs = new AsyncLocalStorage<CutOff>();
  private readonly receivers = new AsyncLocalStorage<Receiving>();

  get here(): RunningPhase | undefined {
    return this.phases.getStore();
  }

  /** What ends the call that is running here from outside, where it may have to be ended. */
  get cutOff(): CutOff | undefined {
    return this.cutOffs.getStore();
  }

  /** Runs a receiver of a send in a transaction. */
  receiving<T>(scope: Scope, call: () => T): T {
    return this.receivers.run({ scope, within: this.receivers.getStore() }, call);
  }

  /** Whether a receiver that this surrounds is what is running here. */
  isReceiving(scope: object): boolean {
    let here = this.receivers.getStore();
    while (here && here.scope !== scope) here = here.within;
    return here !== undefined;
  }

  until<T>(cutOff: CutOff, call: () => T): T {
    return this.cutOffs.run(cutOff, call);
  }

  /** Runs `call` where no flush is calling receivers. */
  outside<T>(call: () => T): T {
    return this.phases.run(undefined, call);
  }

  within<T>(phase: RunningPhase, call: () => T): T {
    const holding = phase.holding ?? this.here?.holding;
    return this.phases.run(holding ? { ...phase, holding } : phase, call);
  }
}
