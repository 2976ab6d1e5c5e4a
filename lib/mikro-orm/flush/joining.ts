import type { EntityManager } from '@mikro-orm/core';
import { Attached, isNew } from './attached.js';
import { type AnyChangeSet, cancel, type ChangeSets, isCreation, isRemoval } from './change-sets.js';
import { computeChangeSets, noteCollections } from './computing.js';
import { writeInTurn } from './write-order.js';
import type { Changed } from './entity-states.js';
import type { ExtraUpdates } from './extra-updates.js';
import type { Implied } from './implied.js';
import { NotedStacks } from './noted-stacks.js';
import { refresh } from './refresh.js';
import { isPaired } from './related.js';
import { relink } from './taking-back.js';
import { mikroOrm } from '../peer.js';

/**
 * Makes the entities that receivers persist, remove and change before the SQL part of the running flush, as if the
 * application had done it before.
 *
 * MikroORM has computed its change sets by then, and ignores entities that are persisted later. `close()` ends
 * the watch over its unit of work.
 */
export class Joining {
  /** The entities that were removed in the last round, and may lead to others. */
  private leading: object[] = [];
  private readonly cancelled = new Set<AnyChangeSet>();
  private readonly uow = this.em.getUnitOfWork(false);
  private readonly noted = new NotedStacks(this.uow, this.implied);

  constructor(
    private readonly em: EntityManager,
    private readonly extra: ExtraUpdates,
    private readonly implied: Implied,
  ) {}

  close(): void {
    this.noted.close();
  }

  /** Notes entities that receivers got, and may have changed, although nothing else of them is written. */
  lookAgain(entities: Iterable<object>): void {
    const removed = this.uow.getRemoveStack();
    for (const entity of entities) if (!removed.has(entity)) this.noted.persisted.add(entity);
  }

  /**
   * Makes the flush write the entities as receivers left them.
   *
   * @param changeSets - those that it has.
   * @param changed - the entities that receivers changed.
   */
  join(changeSets: ChangeSets, changed: Changed): void {
    const areOrphansOthers = this.noted.noteOrphans();
    this.takeAlong();
    const isAnythingRemoved = this.noted.removed.size > 0;
    const stack = this.uow.getPersistStack();
    // Those that let go of others may have been found by these. Entities that a subscriber added are not in this stack.
    const attachedTo = changed.letGo.filter(entity => stack.has(entity));
    this.leaveOut([...this.takeOut(changeSets), ...changed.leftBehind, ...attachedTo], changeSets);
    const persisted = new Set(this.noted.persisted);
    this.noted.persisted.clear();
    for (const entity of persisted) {
      for (const referring of this.takeBack(entity, changeSets)) persisted.add(referring);
    }
    const attached = this.lookAround(changeSets, changed.leading, persisted);
    const joining = new Set([...attached.entities, ...persisted]);
    const others =
      changed.areOthersChanged || areOrphansOthers || [...joining].some(entity => isPaired(entity, this.em))
        ? this.uow.getIdentityMap()
        : [];
    const isAnythingAdded = this.add(new Set([...joining, ...others]), changeSets);
    let isAnythingOther = isAnythingRemoved || isAnythingAdded;
    for (const changeSet of changed.changeSets) if (this.settle(changeSet, changeSets)) isAnythingOther = true;
    for (const [entity, props] of attached.collections) noteCollections(entity, props, this.em);
    if (isAnythingOther) writeInTurn(this.uow);
  }

  /** @returns new ones that were removed: they are still written if others refer to them. */
  private takeOut(changeSets: ChangeSets): readonly object[] {
    if (this.noted.removed.size === 0) return [];
    const [stack, orphans] = [this.uow.getRemoveStack(), this.uow.getOrphanRemoveStack()];
    const taken = [...this.noted.removed].filter(isNew);
    this.noted.removed.clear();
    for (const entity of taken) {
      stack.delete(entity);
      if (orphans.has(entity)) this.cancelCreation(entity, changeSets);
    }
    for (const entity of stack) {
      if (!isRemoval(changeSets.of(entity))) this.uow.computeChangeSet(entity, mikroOrm.ChangeSetType.DELETE);
    }
    return taken;
  }

  /** Leaves out the new ones among these that no entity leads to any more. */
  private leaveOut(given: readonly object[], changeSets: ChangeSets): void {
    if (given.length === 0) return;
    const written = changeSets.all.filter(changeSet => this.isWritten(changeSet)).map(({ entity }) => entity);
    for (const entity of this.implied.unreachable(given, written)) {
      this.uow.getPersistStack().delete(entity);
      this.uow.getIdentityMap().delete(entity);
      this.cancelCreation(entity, changeSets);
    }
  }

  private cancelCreation(entity: object, changeSets: ChangeSets): void {
    const known = changeSets.of(entity);
    if (known && isCreation(known)) this.cancel(known);
  }

  /**
   * Removes the entities that go with those removed in the round before, unless a receiver of `PreDelete` has taken them
   * back: `em.remove()` leaves that to the flush, and the flush has looked already (7.2.1).
   */
  private takeAlong(): void {
    const removed = this.uow.getRemoveStack();
    const due = this.leading.filter(entity => removed.has(entity));
    this.leading = [...this.noted.removed].filter(entity => !isNew(entity));
    const visited = new Set<object>();
    for (const entity of due) this.uow['cascade'](entity, mikroOrm.Cascade.REMOVE, visited);
  }

  /** @returns the entities that refer to this one again, if it was about to be deleted. */
  private takeBack(entity: object, changeSets: ChangeSets): readonly object[] {
    const known = changeSets.of(entity);
    if (!known || !isRemoval(known)) return [];
    this.cancel(known);
    return relink(entity, this.em);
  }

  /** @param leading - the written entities that may lead to others. All others were looked at in the round before. */
  private lookAround(changeSets: ChangeSets, leading: readonly object[], persisted: Iterable<object>): Attached {
    const isInFlush = (entity: object) => this.isWritten(changeSets.of(entity));
    const attached = new Attached(this.em, isInFlush, isInFlush);
    for (const entity of leading) if (isInFlush(entity)) attached.lookFrom(entity);
    for (const entity of persisted) attached.lookFrom(entity);
    return attached;
  }

  /**
   * Computes change sets for those that have none.
   *
   * @returns whether there were any.
   */
  private add(entities: ReadonlySet<object>, changeSets: ChangeSets): boolean {
    const [removed, orphans] = [this.uow.getRemoveStack(), this.uow.getOrphanRemoveStack()];
    const isGone = (entity: object) => removed.has(entity) || (isNew(entity) && orphans.has(entity));
    const joining = [...entities].filter(entity => !isGone(entity) && !this.isWritten(changeSets.of(entity)));
    computeChangeSets(joining, this.em);
    return joining.length > 0;
  }

  /**
   * Makes a change set write the values that its receivers left on the entity.
   *
   * @returns whether it had others.
   */
  private settle(changeSet: AnyChangeSet, changeSets: ChangeSets): boolean {
    const { entity } = changeSet;
    const isCurrent = changeSets.of(entity) === changeSet && this.isWritten(changeSet);
    if (!isCurrent || this.uow.getRemoveStack().has(entity)) return false;
    return refresh(changeSet, this.em, this.extra.namesOf(entity));
  }

  /** Returns whether the flush inserts or updates its entity. */
  private isWritten(changeSet: AnyChangeSet | undefined): boolean {
    return changeSet !== undefined && !isRemoval(changeSet) && !this.cancelled.has(changeSet);
  }

  private cancel(changeSet: AnyChangeSet): void {
    this.cancelled.add(changeSet);
    cancel(changeSet);
  }
}
