import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import type { BatchingScope } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';
import { type CollectionChange, collectionChanges, manyToMany } from './collection-changes.js';
import type { M2mAction } from './m2m-changed.js';
import { ChangedCollection } from './m2m-payload.js';
import { helper } from '../peer.js';
import type { Relations } from './relations.js';

type Step = 'clear' | 'remove' | 'add';

/** What was told of a collection before the SQL. */
interface Told {
  isCleared: boolean;
  readonly removed: Set<object>;
  readonly added: Set<object>;
}

/** Tells how a flush changes many-to-many collections: before its SQL, and after it. */
export class CollectionsOfFlush {
  private readonly told = new Map<object, Map<string, Told>>();
  private final: readonly CollectionChange[] = [];

  constructor(
    private readonly em: EntityManager,
    private readonly uow: UnitOfWork,
    private readonly channel: ModelChannel,
    private readonly relations: Relations,
  ) {}

  /** Whether there may be something to tell before the SQL. */
  get areAwaited(): boolean {
    const { channel, relations, uow } = this;
    if (!channel.isOpen) return false;
    return manyToMany(uow).some(({ owner, property }) => {
      const through = relations.throughOf(helper(owner).__meta.class, property.name);
      return through !== undefined && channel.hears(through);
    });
  }

  /** Whether there is nothing to tell after it. */
  get areIdle(): boolean {
    return this.final.length === 0;
  }

  /**
   * Tells what has not been told yet. Receivers may change collections, so this is asked until nothing is left.
   *
   * @returns the changes that receivers were told of.
   */
  async tellBefore(isNew: (entity: object) => boolean, scope: BatchingScope): Promise<readonly CollectionChange[]> {
    if (!this.channel.isOpen) return [];
    this.final = collectionChanges(this.uow, this.relations, isNew).filter(({ through }) =>
      this.channel.hears(through),
    );
    const told: CollectionChange[] = [];
    for (const change of this.final) {
      const steps = this.untold(change);
      for (const [step, objects] of steps) await this.tell(change, `pre_${step}`, objects, scope);
      if (steps.length > 0) told.push(change);
    }
    await scope.batch?.tell(scope);
    return told;
  }

  async tellAfter(scope: BatchingScope): Promise<void> {
    for (const change of this.final) {
      for (const [step, objects] of stepsOf(change)) await this.tell(change, `post_${step}`, objects, scope);
    }
    await scope.batch?.tell(scope);
  }

  private async tell(
    change: CollectionChange,
    action: M2mAction,
    objects: readonly object[] | null,
    scope: BatchingScope,
  ): Promise<void> {
    await this.channel.tell(change.through, new ChangedCollection(change, action, objects, this.em), scope);
  }

  private untold(change: CollectionChange): [Step, readonly object[] | null][] {
    const told = this.toldOf(change);
    const isCleared = change.isCleared && !told.isCleared;
    const removed = change.removed.difference(told.removed);
    const added = change.added.difference(told.added);
    told.isCleared ||= isCleared;
    for (const item of removed) told.removed.add(item);
    for (const item of added) told.added.add(item);
    return stepsOf({ isCleared, removed, added });
  }

  private toldOf({ entity, prop }: CollectionChange): Told {
    let ofEntity = this.told.get(entity);
    if (!ofEntity) this.told.set(entity, (ofEntity = new Map<string, Told>()));
    let told = ofEntity.get(prop.name);
    if (!told) ofEntity.set(prop.name, (told = { isCleared: false, removed: new Set(), added: new Set() }));
    return told;
  }
}

/** In the order in which MikroORM writes them. */
function stepsOf({
  isCleared,
  removed,
  added,
}: Pick<CollectionChange, 'isCleared' | 'removed' | 'added'>): [Step, readonly object[] | null][] {
  const steps: [Step, readonly object[] | null, boolean][] = [
    ['clear', null, isCleared],
    ['remove', [...removed], removed.size > 0],
    ['add', [...added], added.size > 0],
  ];
  return steps.filter(([, , happens]) => happens).map(([step, objects]) => [step, objects]);
}
