import type { UnitOfWork } from '@mikro-orm/core';

/** The entities taken out of relations with `orphanRemoval`: MikroORM looks at them once, before receivers run (7.2.1). */
export class Orphans {
  private readonly known: Set<object>;

  constructor(private readonly uow: UnitOfWork) {
    this.known = new Set(uow.getOrphanRemoveStack());
  }

  /** @returns those that receivers took out since the last call. */
  takeNew(): object[] {
    const taken = [...this.uow.getOrphanRemoveStack()].filter(entity => !this.known.has(entity));
    for (const entity of taken) this.known.add(entity);
    return taken;
  }

  /** @returns those that receivers put in again, and that the flush is about to delete. */
  takeBack(): object[] {
    const [orphans, removed] = [this.uow.getOrphanRemoveStack(), this.uow.getRemoveStack()];
    const back = [...this.known].filter(entity => !orphans.has(entity));
    for (const entity of back) this.known.delete(entity);
    return back.filter(entity => removed.has(entity));
  }
}
