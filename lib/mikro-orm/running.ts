import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityManager, UnitOfWork } from '@mikro-orm/core';

/** The flush that is calling receivers here. */
export interface RunningPhase {
  readonly phase: 'before' | 'after';
  /** The EntityManager that flushes, and its unit of work. */
  readonly em: EntityManager;
  readonly uow: UnitOfWork;
}

/** Which flush is calling receivers here. Of one MikroORM link; entered once for all receivers before the SQL, and once after it. */
export type Running = AsyncLocalStorage<RunningPhase>;
