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
  /** The entities that were taken out of a relation with `orphanRemoval`. */
  private orphans: ReadonlySet<object> = new Set(this.uow.getOrphanRemoveStack());
  private readonly shadows: (() => void)[];

  constructor(
    private readonly uow: UnitOfWork,
    implied: Implied,
  ) {
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

  /**
   * Notes the entities that receivers have taken out of a relation, or put in again, since the last call: MikroORM looks at
   * them once, before receivers run (7.2.1).
   *
   * @returns whether there are any.
   */
  noteOrphans(): boolean {
    const [orphans, removed] = [this.uow.getOrphanRemoveStack(), this.uow.getRemoveStack()];
    const back = this.orphans.difference(orphans).intersection(removed);
    const taken = orphans.difference(this.orphans);
    this.orphans = new Set(orphans);
    for (const entity of back) this.uow.persist(entity);
    for (const entity of taken) {
      this.removed.add(entity);
      this.persisted.delete(entity);
      removed.add(entity);
    }
    return back.size + taken.size > 0;
  }
}
