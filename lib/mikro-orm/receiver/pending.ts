import type { EntityManager } from '@mikro-orm/core';
import { OwnEm } from './own-em.js';

/** How much an EntityManager was asked to write at one moment. What it has loaded is not looked at. */
export class Pending {
  private persisted = 0;
  private removed = 0;
  private firstPersisted: object | undefined;
  private firstRemoved: object | undefined;

  constructor(private readonly shared: EntityManager | OwnEm) {
    const { em } = this;
    if (!em) return;
    const uow = em.getUnitOfWork(false);
    const [persist, remove] = [uow.getPersistStack(), uow.getRemoveStack()];
    if (persist.size > 0) [this.persisted, this.firstPersisted] = [persist.size, first(persist)];
    if (remove.size > 0) [this.removed, this.firstRemoved] = [remove.size, first(remove)];
  }

  get em(): EntityManager | undefined {
    return this.shared instanceof OwnEm ? this.shared.known : this.shared;
  }

  /** Whether it was asked for anything since. */
  get hasGrown(): boolean {
    const { em } = this;
    if (!em) return false;
    const uow = em.getUnitOfWork(false);
    return (
      isOther(uow.getPersistStack(), this.persisted, this.firstPersisted) ||
      isOther(uow.getRemoveStack(), this.removed, this.firstRemoved)
    );
  }
}

function first(stack: ReadonlySet<object>): object | undefined {
  return stack.values().next().value;
}

/** What was flushed meanwhile may have been as much as what has come since. */
function isOther(stack: ReadonlySet<object>, size: number, known: object | undefined): boolean {
  return stack.size > 0 && (stack.size !== size || !stack.has(known!));
}
