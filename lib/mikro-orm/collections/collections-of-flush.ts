import type { EntityManager } from '@mikro-orm/core';
import { type BatchingScope, getOrInsert } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';
import { type ChangedItems, type CollectionChange, collectionChanges, manyToMany } from './collection-changes.js';
import type { M2mAction, M2mPayload } from './m2m-changed.js';
import { mikroOrm } from '../peer.js';
import type { Relations } from './relations.js';

/** A change of a collection by one statement; the items of a clear are not known. */
type Step = [name: 'clear' | 'remove' | 'add', objects: readonly object[] | null];

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
    private readonly channel: ModelChannel,
    private readonly relations: Relations,
  ) {}

  /** Whether there may be a signal to send before the SQL. */
  get hasAudienceBefore(): boolean {
    const { channel, relations, em } = this;
    if (!channel.hasAudience()) return false;
    return manyToMany(em).some(({ owner, property }) => {
      const through = relations.throughOf(mikroOrm.helper(owner).__meta.class, property.name);
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
    this.final = collectionChanges(this.em, this.relations, isNew).filter(({ through }) =>
      this.channel.hasAudience(through),
    );
    const sent: CollectionChange[] = [];
    for (const change of this.final) {
      const steps = this.unsent(change);
      if (steps.length === 0) continue;
      await this.send(change, 'pre', steps, scope);
      sent.push(change);
    }
    await scope.batch?.callReceivers(scope);
    return sent;
  }

  async sendAfter(scope: BatchingScope): Promise<void> {
    for (const change of this.final) await this.send(change, 'post', stepsOf(change), scope);
    await scope.batch?.callReceivers(scope);
  }

  private async send(change: CollectionChange, when: 'pre' | 'post', steps: Step[], scope: BatchingScope) {
    const { through, entity, prop, exact, reverse } = change;
    for (const [step, objects] of steps) {
      const action: M2mAction = `${when}_${step}`;
      const payload: Record<keyof M2mPayload, unknown> = {
        action,
        instance: entity,
        property: prop.name,
        reverse,
        model: prop.targetMeta?.class,
        exact,
        using: this.em.name,
        schema: mikroOrm.helper(entity).__schema,
        objects: objects && Object.freeze(objects),
        // New entities have their keys only after the SQL.
        pkSet: objects && Object.freeze(objects.filter(item => mikroOrm.helper(item).hasPrimaryKey()).map(shownKey)),
      };
      await this.channel.send(through, payload, scope);
    }
  }

  private unsent(change: CollectionChange): Step[] {
    const ofEntity = getOrInsert(this.sent, change.entity, () => new Map<string, Sent>());
    const none = () => ({ isCleared: false, removed: new Set<object>(), added: new Set<object>() });
    const sent = getOrInsert(ofEntity, change.prop.name, none);
    const isCleared = change.isCleared && !sent.isCleared;
    const removed = change.removed.difference(sent.removed);
    const added = change.added.difference(sent.added);
    sent.isCleared ||= isCleared;
    for (const item of removed) sent.removed.add(item);
    for (const item of added) sent.added.add(item);
    return stepsOf({ isCleared, removed, added });
  }
}

/** Returns the steps of a change in the order in which MikroORM writes them. */
function stepsOf({ isCleared, removed, added }: ChangedItems): Step[] {
  const steps: Step[] = isCleared ? [['clear', null]] : [];
  if (removed.size > 0) steps.push(['remove', [...removed]]);
  if (added.size > 0) steps.push(['add', [...added]]);
  return steps;
}

function shownKey(entity: object): unknown {
  const keys = mikroOrm.helper(entity).getPrimaryKeys();
  return keys?.length === 1 ? keys[0] : Object.freeze(keys);
}
