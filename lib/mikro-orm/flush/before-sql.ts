import { type AnyChangeSet, type ChangeSets, isRemoval } from './change-sets.js';
import { EntityStates } from './entity-states.js';
import { Joining } from './joining.js';
import type { ChangeSetPayload, RemovalPayload } from './payloads.js';
import { FlushScope } from '../receiver/receiver-scopes.js';
import type { RunningFlush } from './running-flush.js';
import { TakingBack } from './taking-back.js';
import { ChangeSetType } from '../peer.js';

/** What a flush tells before its first statement, and what its receivers add to it. */
export class BeforeSql {
  private readonly scope: FlushScope;
  private readonly states = new EntityStates();
  /** What has been told so far, pass by pass. */
  private readonly told: (readonly AnyChangeSet[])[] = [];
  private readonly removed = new Set<object>();
  /** What has come into the flush and is not told yet. */
  private fresh: AnyChangeSet[] = [];
  /** What receivers were shown, and may have hung something on. */
  private readonly asked: AnyChangeSet[] = [];

  constructor(readonly flush: RunningFlush) {
    this.scope = new FlushScope(flush.em);
  }

  /** What the application removed, before MikroORM looks for what goes with it. */
  async tellRemoved(): Promise<void> {
    const { uow } = this.flush;
    const takingBack = new TakingBack(uow);
    try {
      // What receivers remove comes last in the stack, and what they take back is passed over.
      do {
        await this.scope.batch.tell(this.scope);
        for (const entity of uow.getRemoveStack()) await this.tellRemoval(entity);
      } while (!this.scope.batch.isEmpty);
    } finally {
      takingBack.close();
    }
  }

  /** Whether somebody is told anything else. What cannot be known after the SQL is kept. */
  look(): boolean {
    const { flush } = this;
    this.fresh = [...flush.changeSets()];
    return flush.look(this.fresh) || flush.collections.areAwaited;
  }

  /** Everything else, until receivers add nothing more. */
  async tellAll(): Promise<void> {
    const { em, uow, extra, collections } = this.flush;
    const joining = new Joining(em, uow, extra);
    try {
      let asked: readonly object[];
      do {
        const changeSets = await this.tellRows(joining);
        const isNew = (entity: object) => changeSets.of(entity)?.type === ChangeSetType.CREATE;
        asked = await collections.tellBefore(isNew, this.scope);
        joining.lookAgain(asked);
        this.join(joining, changeSets);
      } while (asked.length > 0);
    } finally {
      joining.close();
    }
  }

  /** @returns every change set of the flush. */
  private async tellRows(joining: Joining): Promise<ChangeSets> {
    const { batch } = this.scope;
    for (;;) {
      const told = this.fresh;
      this.fresh = [];
      this.told.push(told);
      for (const changeSet of told) if (isSave(changeSet)) this.states.note(changeSet);
      for (const changeSet of told) {
        const telling = this.tell(changeSet);
        // Thousands of rows are told at once, most of them to receivers that need no promise.
        if (telling) await telling;
      }
      const changeSets = this.flush.changeSets();
      if (told.length === 0 && !batch.isEmpty) await this.tellBatch(changeSets);
      this.settle(joining, changeSets);
      if (batch.isEmpty && joining.isIdle) return changeSets;
      this.join(joining, changeSets);
    }
  }

  /** What was told one by one, to those who want it in one call. */
  private async tellBatch(changeSets: ChangeSets): Promise<void> {
    const { scope } = this;
    const { extra } = this.flush;
    const instances = [...scope.batch.payloads].map(payload => (payload as ChangeSetPayload | RemovalPayload).instance);
    const saves = instances.flatMap(instance => changeSets.of(instance) ?? []).filter(isSave);
    for (const { entity } of saves) extra.putBack(entity);
    await scope.batch.tell(scope);
    for (const { entity } of saves) extra.takeOff(entity);
    this.asked.push(...saves);
  }

  private tell(changeSet: AnyChangeSet): Promise<unknown> | undefined {
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) return this.tellRemoval(entity);
    const { flush } = this;
    const { preSave } = flush.channels;
    if (!preSave.hears(meta.class) || !(flush.isSaved(changeSet) || flush.extra.concern(entity))) return undefined;
    if (meta.relations.length > 0) this.asked.push(changeSet);
    const payload = flush.payloadOf(changeSet, flush.extra.putBack(entity));
    const telling = preSave.tell(meta.class, payload, this.scope);
    if (telling) return telling.then(() => flush.extra.takeOff(entity));
    flush.extra.takeOff(entity);
    return undefined;
  }

  private tellRemoval(entity: object): Promise<unknown> | undefined {
    const payload = this.flush.removalOf(entity);
    const { preDelete } = this.flush.channels;
    if (!payload || this.removed.has(entity) || !preDelete.hears(payload.sender)) return undefined;
    this.removed.add(entity);
    return preDelete.tell(payload.sender, payload, this.scope);
  }

  /** What receivers left on any entity of the flush is what is written. */
  private settle(joining: Joining, changeSets: ChangeSets): void {
    for (const changeSet of this.states.takeChanged()) {
      if (changeSets.of(changeSet.entity) === changeSet) joining.settle(changeSet);
    }
    for (const changeSet of this.asked.splice(0)) joining.settle(changeSet, false);
  }

  private join(joining: Joining, changeSets: ChangeSets): void {
    if (joining.isIdle) return;
    joining.join(changeSets);
    const told = new Set(this.told.flat());
    this.fresh = [...this.flush.changeSets()].filter(changeSet => !told.has(changeSet));
    this.flush.look(this.fresh);
  }
}

function isSave(changeSet: AnyChangeSet): boolean {
  return !isRemoval(changeSet);
}
