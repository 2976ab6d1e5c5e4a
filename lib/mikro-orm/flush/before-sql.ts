import { ChangeSetType, type EntityManager, helper, type UnitOfWork } from '@mikro-orm/core';
import { CollectionsOfFlush } from '../collections/collections-of-flush.js';
import type { Relations } from '../collections/relations.js';
import { type AnyChangeSet, isEmpty, isRemoval, RowChange } from './change-sets.js';
import { ExtraUpdates } from './extra-updates.js';
import { Joining } from './joining.js';
import type { ModelChannels } from '../model-channels.js';
import { ChangeSetPayload, RemovalPayload } from './payloads.js';
import type { Snapshot } from './stored-values.js';
import type { KnownRow, KnownRows } from './known-rows.js';
import { FlushScope } from '../receiver/receiver-scopes.js';
import { TakingBack } from './taking-back.js';

const NOTHING: Snapshot = Object.freeze({});

/** What a flush tells before its first statement, and what its receivers add to it. */
export class BeforeSql {
  /** What is told of removed entities; made before the SQL, because MikroORM forgets what it removed. */
  readonly removals = new Map<object, RemovalPayload>();
  readonly collections: CollectionsOfFlush;
  private readonly told = new Set<AnyChangeSet>();
  private readonly known = new Map<AnyChangeSet, KnownRow>();
  private readonly extra: ExtraUpdates;
  private readonly scope: FlushScope;

  constructor(
    private readonly em: EntityManager,
    private readonly uow: UnitOfWork,
    private readonly channels: ModelChannels,
    relations: Relations,
    private readonly rows: KnownRows,
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
      do {
        await this.scope.batch.tell(this.scope);
        for (const entity of this.uow.getRemoveStack()) await this.tellRemoval(entity);
      } while (!this.scope.batch.isEmpty);
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
    for (let fresh = this.fresh(listed); ; fresh = this.fresh(listed)) {
      for (const changeSet of fresh) {
        const telling = this.tell(changeSet, joining);
        // Thousands of rows are told at once, most of them to receivers that need no promise.
        if (telling) await telling;
      }
      if (this.scope.batch.isEmpty && (fresh.length === 0 || joining.isIdle)) return listed;
      if (fresh.length === 0) await this.tellBatch(listed, joining);
      joining.join(listed);
      listed = this.listed();
    }
  }

  /** What was told one by one, to those who want it in one call. */
  private async tellBatch(listed: ReadonlyMap<object, AnyChangeSet>, joining: Joining): Promise<void> {
    const { scope, extra } = this;
    const instances = [...scope.batch.payloads].map(payload => (payload as ChangeSetPayload | RemovalPayload).instance);
    const saves = instances.flatMap(instance => listed.get(instance) ?? []).filter(changeSet => !isRemoval(changeSet));
    for (const { entity } of saves) extra.putBack(entity);
    await scope.batch.tell(scope);
    for (const changeSet of saves) {
      extra.takeOff(changeSet.entity);
      joining.settle(changeSet);
    }
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

  private tell(changeSet: AnyChangeSet, joining: Joining): Promise<unknown> | undefined {
    this.told.add(changeSet);
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) return this.tellRemoval(entity);
    const { preSave, postSave } = this.channels;
    const isHeard = preSave.hears(meta.class);
    if (!isHeard && !postSave.hears(meta.class)) return undefined;
    const known = this.rows.of(changeSet);
    if (known) this.known.set(changeSet, known);
    if (!isHeard || !(this.isSaved(changeSet) || this.extra.concern(entity))) return undefined;
    return this.tellSave(changeSet, joining);
  }

  private tellSave(changeSet: AnyChangeSet, joining: Joining): Promise<void> | undefined {
    const { entity, meta } = changeSet;
    const postponed = this.extra.putBack(entity);
    const payload = this.payloadOf(changeSet, postponed);
    const settle = () => {
      this.extra.takeOff(entity);
      joining.settle(changeSet);
    };
    const telling = this.channels.preSave.tell(meta.class, payload, this.scope);
    if (telling) return telling.then(settle);
    settle();
    return undefined;
  }

  /** Whether something of its row is going to be, or has been, another. */
  isSaved(changeSet: AnyChangeSet): boolean {
    const known = this.known.get(changeSet);
    // A version counts whatever is written.
    if (isEmpty(changeSet) || !known?.isWhole || changeSet.meta.versionProperty) return !isEmpty(changeSet);
    return new RowChange(changeSet, NOTHING, known).properties.length > 0;
  }

  payloadOf(changeSet: AnyChangeSet, postponed: Snapshot = NOTHING): ChangeSetPayload {
    this.rows.add(changeSet);
    return new ChangeSetPayload(changeSet, this.em, postponed, this.known.get(changeSet));
  }

  private tellRemoval(entity: object): Promise<unknown> | undefined {
    const { preDelete, postDelete } = this.channels;
    const { __meta, __originalEntityData } = helper(entity);
    const { class: sender } = __meta;
    // An orphan that was never stored.
    if (!__originalEntityData) return undefined;
    if (this.removals.has(entity) || !(preDelete.hears(sender) || postDelete.hears(sender))) return undefined;
    const payload = new RemovalPayload(entity, this.em);
    this.removals.set(entity, payload);
    return preDelete.hears(sender) ? preDelete.tell(sender, payload, this.scope) : undefined;
  }
}
