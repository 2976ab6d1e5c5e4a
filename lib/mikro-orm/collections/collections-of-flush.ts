import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import { type BatchingScope, getOrInsert } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';
import { type CollectionChange, collectionChanges, manyToMany } from './collection-changes.js';
import type { M2mAction, M2mPayload } from './m2m-changed.js';
import { helper } from '../peer.js';
import type { Relations } from './relations.js';

type Step = 'clear' | 'remove' | 'add';

/** The changes of a collection whose signals were sent before the SQL. */
interface Sent {
  isCleared: boolean;
  readonly removed: Set<object>;
  readonly added: Set<object>;
}

/** Sends the signals about a flush's changes to many-to-many collections: before its SQL, and after it. */
export class CollectionsOfFlush {
  private readonly sent = new Map<object, Map<string, Sent>>();
  private final: readonly CollectionChange[] = [];

  constructor(
    private readonly em: EntityManager,
    private readonly uow: UnitOfWork,
    private readonly channel: ModelChannel,
    private readonly relations: Relations,
  ) {}

  /** Whether there may be a signal to send before the SQL. */
  get hasAudienceBefore(): boolean {
    const { channel, relations, em, uow } = this;
    if (!channel.hasAudience()) return false;
    return manyToMany(em, uow).some(({ owner, property }) => {
      const through = relations.throughOf(helper(owner).__meta.class, property.name);
      return through !== undefined && channel.hasAudience(through);
    });
  }

  /** Whether there is no signal to send after it. */
  get areIdle(): boolean {
    return this.final.length === 0;
  }

  /**
   * Sends the signals that were not sent yet. Receivers may change collections, so this is repeated until none is left.
   *
   * @returns the changes that signals were sent about.
   */
  async sendBefore(isNew: (entity: object) => boolean, scope: BatchingScope): Promise<readonly CollectionChange[]> {
    if (!this.channel.hasAudience()) return [];
    this.final = collectionChanges(this.em, this.uow, this.relations, isNew).filter(({ through }) =>
      this.channel.hasAudience(through),
    );
    const sent: CollectionChange[] = [];
    for (const change of this.final) {
      const steps = this.unsent(change);
      for (const [step, objects] of steps) await this.send(change, `pre_${step}`, objects, scope);
      if (steps.length > 0) sent.push(change);
    }
    await scope.batch?.callReceivers(scope);
    return sent;
  }

  async sendAfter(scope: BatchingScope): Promise<void> {
    for (const change of this.final) {
      for (const [step, objects] of stepsOf(change)) await this.send(change, `post_${step}`, objects, scope);
    }
    await scope.batch?.callReceivers(scope);
  }

  private async send(
    change: CollectionChange,
    action: M2mAction,
    objects: readonly object[] | null,
    scope: BatchingScope,
  ): Promise<void> {
    await this.channel.send(change.through, payloadOf(change, action, objects, this.em), scope);
  }

  private unsent(change: CollectionChange): [Step, readonly object[] | null][] {
    const sent = this.sentOf(change);
    const isCleared = change.isCleared && !sent.isCleared;
    const removed = change.removed.difference(sent.removed);
    const added = change.added.difference(sent.added);
    sent.isCleared ||= isCleared;
    for (const item of removed) sent.removed.add(item);
    for (const item of added) sent.added.add(item);
    return stepsOf({ isCleared, removed, added });
  }

  private sentOf({ entity, prop }: CollectionChange): Sent {
    const ofEntity = getOrInsert(this.sent, entity, () => new Map<string, Sent>());
    return getOrInsert(ofEntity, prop.name, () => ({ isCleared: false, removed: new Set(), added: new Set() }));
  }
}

/** Returns the steps of a change in the order in which MikroORM writes them. */
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

/** Returns the payload of `M2mChanged` for one change of one collection: new entities have their keys only after the SQL. */
function payloadOf(
  { entity, prop, exact, reverse }: CollectionChange,
  action: M2mAction,
  objects: readonly object[] | null,
  em: EntityManager,
): Record<keyof M2mPayload, unknown> {
  return {
    action,
    instance: entity,
    property: prop.name,
    reverse,
    model: prop.targetMeta?.class,
    exact,
    using: em.name,
    schema: helper(entity).__schema,
    objects: objects && Object.freeze([...objects]),
    pkSet: objects && Object.freeze(objects.filter(item => helper(item).hasPrimaryKey()).map(shownKey)),
  };
}

function shownKey(entity: object): unknown {
  const keys = helper(entity).getPrimaryKeys();
  return keys?.length === 1 ? keys[0] : Object.freeze(keys);
}
