import { ChangeSetType, type EntityManager, helper, type UnitOfWork } from '@mikro-orm/core';
import { CollectionsOfFlush } from '../collections/collections-of-flush.js';
import type { Relations } from '../collections/relations.js';
import { type AnyChangeSet, isEmpty, isRemoval } from './change-sets.js';
import { ExtraUpdates } from './extra-updates.js';
import { Joining } from './joining.js';
import type { ModelChannels } from '../model-channels.js';
import { ChangeSetPayload, RemovalPayload } from './payloads.js';
import { FlushScope } from '../receiver/receiver-scopes.js';
import { TakingBack } from './taking-back.js';

/** What a flush tells before its first statement, and what its receivers add to it. */
export class BeforeSql {
  /** What is told of removed entities; made before the SQL, because MikroORM forgets what it removed. */
  readonly removals = new Map<object, RemovalPayload>();
  readonly collections: CollectionsOfFlush;
  private readonly told = new Set<AnyChangeSet>();
  private readonly extra: ExtraUpdates;
  private readonly scope: FlushScope;

  constructor(
    private readonly em: EntityManager,
    private readonly uow: UnitOfWork,
    private readonly channels: ModelChannels,
    relations: Relations,
  ) {
    this.extra = new ExtraUpdates(uow, em);
    this.scope = new FlushScope(em);
    this.collections = new CollectionsOfFlush(em, uow, channels.m2mChanged, relations);
  }

  /** What the application removed, before MikroORM looks for what goes with it. */
  async tellRemoved(): Promise<void> {
    const takingBack = new TakingBack(this.uow);
    try {
      // What receivers remove comes last in the stack, and what they take back is passed over.
      for (const entity of this.uow.getRemoveStack()) await this.tellRemoval(entity);
    } finally {
      takingBack.close();
    }
  }

  /** Everything else, until receivers add nothing more. */
  async tellAll(): Promise<void> {
    const joining = new Joining(this.em, this.uow, this.extra);
    try {
      let asked: readonly object[];
      do {
        const listed = await this.tellRows(joining);
        const isNew = (entity: object) => listed.get(entity)?.type === ChangeSetType.CREATE;
        asked = await this.collections.tellBefore(isNew, this.scope);
        joining.lookAgain(asked);
        joining.join(listed);
      } while (asked.length > 0);
    } finally {
      joining.close();
    }
  }

  /** @returns every change set of the flush. */
  private async tellRows(joining: Joining): Promise<ReadonlyMap<object, AnyChangeSet>> {
    let listed = this.listed();
    for (let fresh = this.fresh(listed); fresh.length > 0; fresh = this.fresh(listed)) {
      for (const changeSet of fresh) await this.tell(changeSet, joining);
      joining.join(listed);
      listed = this.listed();
    }
    return listed;
  }

  /** Every change set of the flush, those that it writes later included. */
  listed(): Map<object, AnyChangeSet> {
    const listed = new Map(this.uow.getChangeSets().map(changeSet => [changeSet.entity as object, changeSet]));
    for (const changeSet of this.extra.unlisted(listed)) listed.set(changeSet.entity, changeSet);
    return listed;
  }

  private fresh(listed: ReadonlyMap<object, AnyChangeSet>): AnyChangeSet[] {
    return [...listed.values()].filter(changeSet => !this.told.has(changeSet));
  }

  private tell(changeSet: AnyChangeSet, joining: Joining): Promise<void> | undefined {
    this.told.add(changeSet);
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) return this.tellRemoval(entity);
    if (!this.channels.preSave.hears(meta.class)) return undefined;
    return isEmpty(changeSet) && !this.extra.concern(entity) ? undefined : this.tellSave(changeSet, joining);
  }

  private async tellSave(changeSet: AnyChangeSet, joining: Joining): Promise<void> {
    const { entity, meta } = changeSet;
    const postponed = this.extra.putBack(entity);
    const payload = new ChangeSetPayload(changeSet, this.em, postponed);
    await this.channels.preSave.tell(meta.class, payload, this.scope);
    this.extra.takeOff(entity);
    joining.settle(changeSet);
  }

  private tellRemoval(entity: object): Promise<void> | undefined {
    const { preDelete, postDelete } = this.channels;
    const { class: sender } = helper(entity).__meta;
    if (this.removals.has(entity) || !(preDelete.hears(sender) || postDelete.hears(sender))) return undefined;
    const payload = new RemovalPayload(entity, this.em);
    this.removals.set(entity, payload);
    return preDelete.hears(sender) ? preDelete.tell(sender, payload, this.scope).then(() => {}) : undefined;
  }
}
