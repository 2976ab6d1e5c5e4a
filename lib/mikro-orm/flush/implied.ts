import type { EntityManager } from '@mikro-orm/core';
import { Attached, isNew } from './attached.js';
import { relatedBy } from './related.js';
import { metaOf } from '../properties.js';

/**
 * The new entities of a flush that were not persisted: they are written because others refer to them, and only as long
 * as they do.
 */
export class Implied {
  /** The entities that were persisted by themselves. */
  persisted: Set<object> = new Set();
  private readonly uow = this.em.getUnitOfWork(false);

  constructor(private readonly em: EntityManager) {}

  /** Notes the entities that the application persisted. */
  noteStack(): void {
    // A set is copied much faster as a whole than one entity after another.
    this.persisted = new Set(this.uow.getPersistStack());
  }

  /**
   * Returns the new entities that no written entity leads to any more.
   *
   * @param given - entities that others referred to, or that were removed.
   * @param written - the entities that the flush writes.
   */
  unreachable(given: Iterable<object>, written: readonly object[]): object[] {
    const candidates = this.impliedBy(given);
    if (candidates.size === 0) return [];
    const attached = new Attached(this.em, entity => !candidates.has(entity));
    const [removed, orphans] = [this.uow.getRemoveStack(), this.uow.getOrphanRemoveStack()];
    for (const entity of [...this.uow.getIdentityMap(), ...written]) {
      if (!candidates.has(entity) && !removed.has(entity) && !orphans.has(entity)) attached.lookFrom(entity);
    }
    for (const entity of attached.entities) candidates.delete(entity);
    return [...candidates];
  }

  /** Returns the implied ones, with those attached to them. */
  private impliedBy(given: Iterable<object>): Set<object> {
    const isImplied = (entity: object) => isNew(entity) && !this.persisted.has(entity);
    const found = new Set([...given].filter(isImplied));
    for (const entity of found) {
      const meta = metaOf(entity, this.em);
      for (const prop of meta.relations) {
        for (const target of relatedBy(entity, prop, meta)) if (isImplied(target)) found.add(target);
      }
    }
    return found;
  }
}
