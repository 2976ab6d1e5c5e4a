import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager, UnitOfWork } from '@mikro-orm/core';

/** A flush that is calling receivers: before its first statement, or after its last. */
export interface RunningPhase {
  readonly phase: 'before' | 'after';
  /** The EntityManager that flushes, and its unit of work. */
  readonly em: EntityManager;
  readonly uow: UnitOfWork;
}

/** Which flush is calling receivers here. Entered once for all receivers before the SQL, and once after it. */
export class Running {
  private readonly phases = new AsyncLocalStorage<RunningPhase>();

  get here(): RunningPhase | undefined {
    return this.phases.getStore();
  }

  within<T>(phase: RunningPhase, call: () => T): T {
    return this.phases.run(phase, call);
  }
}
