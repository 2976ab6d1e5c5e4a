import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import { attachedTo, hasDirtyCollection } from './attached.js';
import { type AnyChangeSet, cancel, type ChangeSets, isCreation, isRemoval } from './change-sets.js';
import type { ExtraUpdates } from './extra-updates.js';
import { isAsExpected, refresh } from './refresh.js';
import { shadow } from '../receiver/shadow.js';
import { relink } from './taking-back.js';
import { ChangeSetType, helper } from '../peer.js';

/**
 * Lets what receivers persist, remove and change before the SQL become part of the running flush.
 *
 * MikroORM has computed its change sets by then, and forgets what is persisted later. The unit of work tells of
 * every persist and remove through properties of its own, which are taken away with `close()`.
 */
export class Joining {
  private persisted = new Set<object>();
  private removed = new Set<object>();
  private readonly cancelled = new Set<AnyChangeSet>();
  private readonly shadows: (() => void)[];

  constructor(
    private readonly em: EntityManager,
    private readonly uow: UnitOfWork,
    private readonly extra: ExtraUpdates,
  ) {
    const [persist, remove] = [uow.persist.bind(uow), uow.remove.bind(uow)];
    const noted: UnitOfWork['persist'] = (entity, visited, options) => {
      this.persisted.add(entity);
      this.removed.delete(entity);
      persist(entity, visited, options);
    };
    const struck: UnitOfWork['remove'] = (entity, visited, options) => {
      this.removed.add(entity);
      this.persisted.delete(entity);
      remove(entity, visited, options);
    };
    this.shadows = [shadow(uow, 'persist', noted), shadow(uow, 'remove', struck)];
  }

  /** Whether nothing has been persisted or removed that is not part of the flush yet. */
  get isIdle(): boolean {
    return this.persisted.size === 0 && this.removed.size === 0;
  }

  close(): void {
    for (const takeAway of this.shadows.toReversed()) takeAway();
  }

  /**
   * Makes a change set what its receivers left on the entity, with the new entities that they hung on it.
   *
   * @param isSuspect - its properties may be others; collections are always looked at.
   */
  settle(changeSet: AnyChangeSet, isSuspect = true): void {
    const { entity } = changeSet;
    if (this.removed.has(entity) || this.cancelled.has(changeSet)) return;
    const isAlone = helper(entity).__meta.relations.length === 0;
    if (!isAlone) for (const attached of attachedTo(entity, new Set([entity]))) this.persisted.add(attached);
    const isChanged = isSuspect && !isAsExpected(changeSet, this.em);
    if (!isChanged && (isAlone || !hasDirtyCollection(entity))) return;
    refresh(changeSet, this.em, this.uow, this.extra.namesOf(entity));
  }

  /** Receivers were shown these, and may have changed them. */
  lookAgain(entities: Iterable<object>): void {
    for (const entity of entities) if (!this.removed.has(entity)) this.persisted.add(entity);
  }

  /** Adds what was persisted and removed to the flush, which had these change sets. */
  join(changeSets: ChangeSets): void {
    const [persisted, removed] = [this.persisted, this.removed];
    [this.persisted, this.removed] = [new Set(), new Set()];
    for (const entity of persisted) {
      for (const attached of attachedTo(entity, new Set([entity]))) persisted.add(attached);
    }
    for (const entity of persisted) {
      for (const referring of this.add(entity, changeSets.of(entity))) persisted.add(referring);
    }
    for (const entity of removed) this.takeOut(entity, changeSets);
    // What refers to an entity that was new, too, could not be computed before that one was.
    for (const entity of persisted) {
      if (helper(entity).__meta.relations.length > 0) this.uow.recomputeSingleChangeSet(entity);
    }
    // As MikroORM marks what it has found itself.
    if (persisted.size > 0) this.uow.getChangeSets().forEach(({ entity }) => (helper(entity).__processing = true));
  }

  /** @returns what has to be looked at again because of it. */
  private add(entity: object, known: AnyChangeSet | undefined): readonly object[] {
    if (known && !isRemoval(known)) {
      this.settle(known);
      return [];
    }
    if (known) this.cancel(known);
    const referring = known ? relink(entity) : [];
    const wrapped = helper(entity);
    wrapped.__schema ??= this.em.schema;
    this.uow.computeChangeSet(entity);
    return referring;
  }

  private takeOut(entity: object, changeSets: ChangeSets): void {
    const known = changeSets.of(entity);
    if (known && isRemoval(known)) return;
    if (known && isCreation(known)) return this.cancel(known);
    this.uow.remove(entity);
    for (const removed of this.uow.getRemoveStack()) {
      const told = changeSets.of(removed);
      if (!told || !isRemoval(told)) this.uow.computeChangeSet(removed, ChangeSetType.DELETE);
    }
  }

  private cancel(changeSet: AnyChangeSet): void {
    this.cancelled.add(changeSet);
    cancel(changeSet);
  }
}
