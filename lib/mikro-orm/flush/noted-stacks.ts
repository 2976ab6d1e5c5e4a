import type { UnitOfWork } from '@mikro-orm/core';
import { shadow } from '../receiver/shadow.js';
import type { Implied } from './implied.js';

/**
 * The entities that receivers persist and remove before the SQL. The methods of the unit of work are replaced to notice
 * them; `close()` puts them back.
 */
export class NotedStacks {
  readonly persisted = new Set<object>();
  readonly removed = new Set<object>();
  private readonly shadows: (() => void)[];

  constructor(uow: UnitOfWork, implied: Implied) {
    const [persist, remove] = [uow.persist.bind(uow), uow.remove.bind(uow)];
    const noted: UnitOfWork['persist'] = (entity, visited, options) => {
      this.persisted.add(entity);
      implied.persisted.add(entity);
      this.removed.delete(entity);
      persist(entity, visited, options);
    };
    const struck: UnitOfWork['remove'] = (entity, visited, options) => {
      this.removed.add(entity);
      this.persisted.delete(entity);
      implied.persisted.delete(entity);
      remove(entity, visited, options);
    };
    this.shadows = [shadow(uow, 'persist', noted), shadow(uow, 'remove', struck)];
  }

  close(): void {
    for (const takeAway of this.shadows.toReversed()) takeAway();
  }
}

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
