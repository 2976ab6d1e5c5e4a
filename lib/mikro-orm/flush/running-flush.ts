import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { getOrInsert } from '../../core/index.js';
import { CollectionsOfFlush } from '../collections/collections-of-flush.js';
import type { Relations } from '../collections/relations.js';
import { type AnyChangeSet, ChangeSets, isEmpty, isRemoval } from './change-sets.js';
import { RowChange } from './row-change.js';
import { ExtraUpdates } from './extra-updates.js';
import type { KnownRow, KnownRows } from './known-rows.js';
import type { ModelChannels } from '../signals.js';
import type { TransactionScope } from '../receiver/receiver-scopes.js';
import type { DriftOfFlush } from './drift.js';
import { ChangeSetPayload, RemovalPayload } from './payloads.js';
import { NOTHING, type Snapshot } from './stored-values.js';
import { mikroOrm } from '../peer.js';

/** The state of a flush while it runs, from before its SQL until after it. */
export class RunningFlush {
  /** The payloads of removed entities; made before the SQL, because MikroORM forgets the entities that it removed. */
  private readonly removals = new Map<object, RemovalPayload>();
  private readonly known = new Map<AnyChangeSet, KnownRow>();
  readonly collections = new CollectionsOfFlush(this.em, this.channels.m2mChanged, this.relations);
  readonly uow = this.em.getUnitOfWork(false);
  readonly extra = new ExtraUpdates(this.em);
  /** The change sets when all receivers before the SQL have run: a subscriber may clear the unit of work before the later ones. */
  private final: ChangeSets | undefined;
  /** Set when receivers are called for rows that are written. */
  drift: DriftOfFlush | undefined;

  constructor(
    readonly em: EntityManager,
    readonly channels: ModelChannels,
    private readonly relations: Relations,
    private readonly rows: KnownRows,
  ) {}

  /** Returns its change sets, with those that it writes later. */
  changeSets(): ChangeSets {
    return new ChangeSets(this.extra.addTo(this.uow.getChangeSets()));
  }

  /** Keeps, before the SQL, the values that cannot be known after it. @returns whether a signal is sent at once. */
  captureBeforeSql(changeSets: Iterable<AnyChangeSet>): boolean {
    const audienceOf = audiences(this.channels);
    let hasAudience = false;
    for (const changeSet of changeSets) {
      const { preSave, postSave, preDelete } = audienceOf(changeSet.meta);
      if (isRemoval(changeSet)) {
        if (this.removalOf(changeSet.entity) && preDelete) hasAudience = true;
      } else if (preSave || postSave) {
        const known = this.rows.of(changeSet);
        if (known) this.known.set(changeSet, known);
        if (preSave) hasAudience = true;
      }
    }
    return hasAudience;
  }

  /** Notes what is written. */
  settle(): void {
    this.final = this.changeSets();
  }

  /** Keeps, after the SQL, the values that MikroORM forgets. @returns the change sets that signals are sent about. */
  takeWritten(): AnyChangeSet[] {
    const audienceOf = audiences(this.channels);
    const written: AnyChangeSet[] = [];
    for (const changeSet of (this.final ?? this.changeSets()).all) {
      const { preSave, postSave, postDelete } = audienceOf(changeSet.meta);
      const isSave = !isRemoval(changeSet);
      if (isSave ? postSave : postDelete) written.push(changeSet);
      if (isSave && (preSave || postSave)) this.rows.add(changeSet);
    }
    return written;
  }

  /** Returns whether their signals have receivers after COMMIT, and none before it. */
  areKept(written: readonly AnyChangeSet[]): boolean {
    const { postSave, postDelete } = this.channels;
    const isKept = (changeSet: AnyChangeSet) =>
      (isRemoval(changeSet) ? postDelete : postSave).waitsForCommit(changeSet.meta.class);
    return this.collections.areIdle && written.every(isKept) && written.some(changeSet => this.isSaved(changeSet));
  }

  /**
   * Sends the signals about written entities, one entity after another, and then those about collections.
   *
   * @param areKept - their messages are only kept: other code has its turn after each.
   */
  async sendWritten(written: readonly AnyChangeSet[], scope: TransactionScope, areKept: boolean): Promise<void> {
    for (const changeSet of written) {
      const sending = this.sendWrite(changeSet, scope);
      if (sending || areKept) await sending;
    }
    scope.watched = undefined;
    await scope.batch.callReceivers(scope);
    await this.collections.sendAfter(scope);
  }

  private sendWrite(changeSet: AnyChangeSet, scope: TransactionScope): Promise<unknown> | undefined {
    const { postSave, postDelete } = this.channels;
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) {
      const payload = this.removalOf(entity);
      return payload && postDelete.send(meta.class, payload, scope);
    }
    if (!this.isSaved(changeSet)) return undefined;
    scope.watched = this.drift?.watch(changeSet);
    return postSave.send(meta.class, this.payloadOf(changeSet), scope);
  }

  /** Returns whether a value of its row changes. */
  isSaved(changeSet: AnyChangeSet): boolean {
    const known = this.known.get(changeSet);
    // A version counts every write.
    if (isEmpty(changeSet) || !known?.isWhole || changeSet.meta.versionProperty) return !isEmpty(changeSet);
    return new RowChange(changeSet, NOTHING, known, this.em.getPlatform()).properties.length > 0;
  }

  /** @param postponed - values that the flush writes later, and that are not in the change set. */
  payloadOf(changeSet: AnyChangeSet, postponed: Snapshot = NOTHING): ChangeSetPayload {
    const known = this.known.get(changeSet);
    const platform = this.em.getPlatform();
    return new ChangeSetPayload(changeSet, this.em.name, () => new RowChange(changeSet, postponed, known, platform));
  }

  /** Returns the payload of a removed entity; undefined without receivers, and for an orphan that was never stored. */
  removalOf(entity: object): RemovalPayload | undefined {
    const known = this.removals.get(entity);
    if (known) return known;
    const { preDelete, postDelete } = this.channels;
    const { __meta, __originalEntityData } = mikroOrm.helper(entity);
    if (!__originalEntityData || !(preDelete.hasAudience(__meta.class) || postDelete.hasAudience(__meta.class)))
      return undefined;
    const payload = new RemovalPayload(entity, this.em);
    this.removals.set(entity, payload);
    return payload;
  }
}

/** Returns a function that finds the signals about an entity class with receivers: those at one moment, once for each class. */
function audiences({ preSave, postSave, preDelete, postDelete }: ModelChannels) {
  const known = new Map<EntityMetadata, Record<'preSave' | 'postSave' | 'preDelete' | 'postDelete', boolean>>();
  return (meta: EntityMetadata) =>
    getOrInsert(known, meta, () => ({
      preSave: preSave.hasAudience(meta.class),
      postSave: postSave.hasAudience(meta.class),
      preDelete: preDelete.hasAudience(meta.class),
      postDelete: postDelete.hasAudience(meta.class),
    }));
}
