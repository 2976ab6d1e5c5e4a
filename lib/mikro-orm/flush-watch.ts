import type {
  ChangeSet,
  EntityManager,
  EventSubscriber,
  FlushEventArgs,
  TransactionEventArgs,
  UnitOfWork,
} from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import { withCurrentEm } from './current-em.js';
import { ModelChannel } from './model-channel.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';
import { ChangeSetPayload, RemovalPayload } from './payloads.js';
import { FlushScope, TransactionScope } from './receiver-scopes.js';

/** One flush, from its first event to its last. */
interface Flush {
  readonly saves: ChangeSet<object>[];
  readonly removals: Map<object, RemovalPayload>;
  /** Nothing more is to be sent. */
  isTold: boolean;
}

/**
 * Turns the flushes of one MikroORM into model signals.
 *
 * It looks at the change sets of a flush as a whole, not at one entity at a time: that is cheaper, and the only
 * way in which inheritance, cascades and the order of a flush come out right.
 */
export class FlushWatch implements EventSubscriber {
  private readonly flushes = new WeakMap<UnitOfWork, Flush>();
  private readonly preSave: ModelChannel;
  private readonly postSave: ModelChannel;
  private readonly preDelete: ModelChannel;
  private readonly postDelete: ModelChannel;

  constructor(registry: SignalRegistry) {
    this.preSave = new ModelChannel(registry, PreSave);
    this.postSave = new ModelChannel(registry, PostSave);
    this.preDelete = new ModelChannel(registry, PreDelete);
    this.postDelete = new ModelChannel(registry, PostDelete);
  }

  /** What the application removed is told before MikroORM looks for what goes with it. */
  async beforeFlush({ em, uow }: FlushEventArgs): Promise<void> {
    this.flushes.delete(uow);
    if (![this.preSave, this.postSave, this.preDelete, this.postDelete].some(channel => channel.isOpen)) return;
    const flush: Flush = { saves: [], removals: new Map(), isTold: false };
    this.flushes.set(uow, flush);
    const removed = [...uow.getRemoveStack()];
    if (removed.length > 0) await withCurrentEm(em, () => this.tellRemovals(flush, removed, em));
  }

  /** The changes are known, and no SQL has been sent. */
  async onFlush({ em, uow }: FlushEventArgs): Promise<void> {
    const flush = this.flushes.get(uow);
    if (!flush) return;
    await withCurrentEm(em, async () => {
      const scope = new FlushScope(em);
      for (const changeSet of uow.getChangeSets()) {
        if (isRemoval(changeSet)) await this.tellRemovals(flush, [changeSet.entity], em);
        else {
          flush.saves.push(changeSet);
          const telling = this.preSave.tell(changeSet.meta.class, () => new ChangeSetPayload(changeSet, em), scope);
          if (!telling) continue;
          await telling;
          // What a receiver changed on the entity is part of what is written.
          uow.recomputeSingleChangeSet(changeSet.entity);
        }
      }
    });
  }

  /** An implicit transaction: every row is there, and nothing is committed yet. */
  async beforeTransactionCommit({ em, uow }: TransactionEventArgs): Promise<void> {
    await this.tellWritten(em, uow);
  }

  /** In an explicit transaction, or without any, the end of the flush is the last moment. */
  async afterFlush({ em, uow }: FlushEventArgs): Promise<void> {
    await this.tellWritten(em, uow);
  }

  private async tellRemovals(flush: Flush, entities: readonly object[], em: EntityManager): Promise<void> {
    const scope = new FlushScope(em);
    for (const entity of entities) {
      if (flush.removals.has(entity)) continue;
      const payload = new RemovalPayload(entity, em);
      flush.removals.set(entity, payload);
      await this.preDelete.tell(payload.sender, () => payload, scope);
    }
  }

  private async tellWritten(em: EntityManager, uow: UnitOfWork | undefined): Promise<void> {
    const flush = uow && this.flushes.get(uow);
    if (!flush || flush.isTold) return;
    flush.isTold = true;
    const scope = new TransactionScope(em);
    await withCurrentEm(scope.em, async () => {
      for (const changeSet of flush.saves) {
        await this.postSave.tell(changeSet.meta.class, () => new ChangeSetPayload(changeSet, em), scope);
      }
      for (const payload of flush.removals.values()) await this.postDelete.tell(payload.sender, () => payload, scope);
    });
  }
}

function isRemoval({ type }: ChangeSet<object>): boolean {
  return type === 'delete' || type === 'delete_early';
}
