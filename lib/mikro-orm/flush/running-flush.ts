import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import { CollectionsOfFlush } from '../collections/collections-of-flush.js';
import type { Relations } from '../collections/relations.js';
import { Audience } from './audience.js';
import { type AnyChangeSet, ChangeSets, isEmpty, isRemoval, RowChange } from './change-sets.js';
import { ExtraUpdates } from './extra-updates.js';
import type { KnownRow, KnownRows } from './known-rows.js';
import type { ModelChannels } from '../model-channels.js';
import type { DriftOfFlush } from './drift.js';
import { ChangeSetPayload, RemovalPayload } from './payloads.js';
import { NOTHING, type Snapshot } from './stored-values.js';
import { helper } from '../peer.js';

/** What is known of a flush while it runs, from before its SQL until after it. */
export class RunningFlush {
  /** What is told of removed entities; made before the SQL, because MikroORM forgets what it removed. */
  private readonly removals = new Map<object, RemovalPayload>();
  private readonly known = new Map<AnyChangeSet, KnownRow>();
  readonly collections: CollectionsOfFlush;
  readonly extra: ExtraUpdates;
  /** Where receivers are called for what was written. */
  drift: DriftOfFlush | undefined;

  constructor(
    readonly em: EntityManager,
    readonly uow: UnitOfWork,
    readonly channels: ModelChannels,
    relations: Relations,
    private readonly rows: KnownRows,
  ) {
    this.extra = new ExtraUpdates(uow, em);
    this.collections = new CollectionsOfFlush(em, uow, channels.m2mChanged, relations);
  }

  /** Those that it writes later included. */
  changeSets(): ChangeSets {
    return new ChangeSets(this.extra.addTo(this.uow.getChangeSets()));
  }

  /** Before the SQL: keeps what cannot be known after it. Whether somebody is told of these change sets already. */
  look(changeSets: Iterable<AnyChangeSet>): boolean {
    const audience = new Audience(this.channels);
    let isAwaited = false;
    for (const changeSet of changeSets) {
      const { preSave, postSave, preDelete } = audience.of(changeSet.meta);
      if (isRemoval(changeSet)) {
        if (this.removalOf(changeSet.entity) && preDelete) isAwaited = true;
      } else if (preSave || postSave) {
        const known = this.rows.of(changeSet);
        if (known) this.known.set(changeSet, known);
        if (preSave) isAwaited = true;
      }
    }
    return isAwaited;
  }

  /** After the SQL: keeps what MikroORM forgets. The change sets that somebody is told of. */
  takeWritten(): AnyChangeSet[] {
    const audience = new Audience(this.channels);
    const written: AnyChangeSet[] = [];
    for (const changeSet of this.changeSets()) {
      const { preSave, postSave, postDelete } = audience.of(changeSet.meta);
      const isSave = !isRemoval(changeSet);
      if (isSave ? postSave : postDelete) written.push(changeSet);
      if (isSave && (preSave || postSave)) this.rows.add(changeSet);
    }
    return written;
  }

  /** Whether telling of them calls nobody before COMMIT, and somebody after it. */
  areKept(written: readonly AnyChangeSet[]): boolean {
    const { postSave, postDelete } = this.channels;
    const isKept = (changeSet: AnyChangeSet) =>
      (isRemoval(changeSet) ? postDelete : postSave).isKept(changeSet.meta.class);
    return this.collections.areIdle && written.every(isKept) && written.some(changeSet => this.isSaved(changeSet));
  }

  /** Whether something of its row is going to be, or has been, another. */
  isSaved(changeSet: AnyChangeSet): boolean {
    const known = this.knownOf(changeSet);
    // A version counts whatever is written.
    if (isEmpty(changeSet) || !known?.isWhole || changeSet.meta.versionProperty) return !isEmpty(changeSet);
    return new RowChange(changeSet, NOTHING, known).properties.length > 0;
  }

  payloadOf(changeSet: AnyChangeSet, postponed: Snapshot = NOTHING): ChangeSetPayload {
    return new ChangeSetPayload(changeSet, this.em, postponed, this.knownOf(changeSet));
  }

  private knownOf(changeSet: AnyChangeSet): KnownRow | undefined {
    return this.known.size > 0 ? this.known.get(changeSet) : undefined;
  }

  /** What is told of a removed entity; undefined where nobody is told, and of an orphan that was never stored. */
  removalOf(entity: object): RemovalPayload | undefined {
    const told = this.removals.get(entity);
    if (told) return told;
    const { preDelete, postDelete } = this.channels;
    const { __meta, __originalEntityData } = helper(entity);
    if (!__originalEntityData || !(preDelete.hears(__meta.class) || postDelete.hears(__meta.class))) return undefined;
    const payload = new RemovalPayload(entity, this.em);
    this.removals.set(entity, payload);
    return payload;
  }
}
