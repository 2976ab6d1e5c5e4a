import { counted, SignalError } from '../../core/index.js';
import { ShownCollections } from '../collections/postponed-collections.js';
import { type AnyChangeSet, cancel, isCreation, isEmpty, isRemoval } from './change-sets.js';
import { EntityStates } from './entity-states.js';
import { Implied } from './implied.js';
import { Joining } from './joining.js';
import { FlushScope } from '../receiver/receiver-scopes.js';
import type { RunningFlush } from './running-flush.js';
import { letTakeBack } from './taking-back.js';
import { mikroOrm } from '../peer.js';

/** The signals that a flush sends before its first statement, and the changes that their receivers add to it. */
export class BeforeSql {
  readonly scope = new FlushScope(this.flush.em);
  private readonly states = new EntityStates();
  /** The change sets whose signals were sent. */
  private readonly alreadySent = new Set<AnyChangeSet>();
  private readonly removed = new Set<object>();
  private readonly implied = new Implied(this.flush.em);
  /** The change sets whose signals are still to be sent. */
  private fresh: readonly AnyChangeSet[] = [];
  /** How often receivers have added changes because of changes that they added before. */
  private readonly laps = { rows: 0, collections: 0 };

  constructor(readonly flush: RunningFlush) {}

  /** Sends the signals about entities that the application removed, before MikroORM looks for those that go with them. */
  async sendRemovals(): Promise<void> {
    const { em, uow } = this.flush;
    const close = letTakeBack(em);
    try {
      // Entities that receivers remove come last in the stack, and those that they take back are passed over.
      do {
        await this.scope.batch.callReceivers(this.scope);
        for (const entity of uow.getRemoveStack()) await this.sendRemoval(entity);
      } while (!this.scope.batch.isEmpty);
    } finally {
      close();
    }
  }

  /** Notes the entities that the application persisted, before MikroORM adds the ones attached to them. */
  notePersisted(): void {
    this.implied.noteStack();
  }

  /** Keeps the values that cannot be known after the SQL. @returns whether there is a signal to send. */
  captureBeforeSql(): boolean {
    const { flush } = this;
    const changeSets = flush.changeSets();
    const isSent = flush.captureBeforeSql(changeSets.all) || flush.collections.hasAudienceBefore;
    if (isSent) this.fresh = changeSets.all;
    return isSent;
  }

  /**
   * Sends all other signals. Each round sends those that no round before it has sent, until there are none; receivers
   * that go on adding changes are stopped.
   */
  async sendAll(): Promise<void> {
    const { em, uow, extra } = this.flush;
    const joining = new Joining(em, extra, this.implied);
    const shown = new ShownCollections(em);
    try {
      shown.show();
      extra.show();
      while (await this.sendRound(joining)) {
        shown.show();
        this.join(joining);
        shown.show();
        extra.show();
      }
      extra.hide();
      // Receivers may have left nothing of an update: MikroORM would count a version all the same (7.2.1).
      for (const changeSet of uow.getChangeSets()) if (isEmpty(changeSet)) cancel(changeSet);
    } finally {
      shown.hide();
      joining.close();
    }
  }

  /** @returns whether there was a signal to send. */
  private async sendRound(joining: Joining): Promise<boolean> {
    const { batch } = this.scope;
    const { collections } = this.flush;
    if (this.fresh.length > 0) await this.sendRows();
    else if (!batch.isEmpty) await batch.callReceivers(this.scope);
    else {
      const changeSets = this.flush.changeSets();
      const isNew = (entity: object) => isCreation(changeSets.of(entity));
      const sent = await collections.sendBefore(isNew, this.scope);
      if (sent.length === 0) return false;
      this.count('collections', sent);
      joining.lookAgain(sent.map(({ entity }) => entity));
    }
    return true;
  }

  private async sendRows(): Promise<void> {
    const rows = this.fresh;
    this.fresh = [];
    for (const changeSet of rows) if (!isRemoval(changeSet)) this.states.note(changeSet);
    for (const changeSet of rows) {
      this.alreadySent.add(changeSet);
      const sending = this.send(changeSet);
      // There may be thousands of rows, most of them with receivers that need no promise.
      if (sending) await sending;
    }
  }

  private send(changeSet: AnyChangeSet): Promise<unknown> | undefined {
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) return this.sendRemoval(entity);
    const { flush } = this;
    const { preSave } = flush.channels;
    if (!preSave.hasAudience(meta.class) || !(flush.isSaved(changeSet) || flush.extra.namesOf(entity).length > 0))
      return undefined;
    const payload = flush.payloadOf(changeSet, flush.extra.valuesOf(entity));
    return preSave.send(meta.class, payload, this.scope);
  }

  private sendRemoval(entity: object): Promise<unknown> | undefined {
    const payload = this.flush.removalOf(entity);
    const { preDelete } = this.flush.channels;
    const { class: sender } = mikroOrm.helper(entity).__meta;
    if (!payload || this.removed.has(entity) || !preDelete.hasAudience(sender)) return undefined;
    this.removed.add(entity);
    return preDelete.send(sender, payload, this.scope);
  }

  /** Makes the flush write the entities as receivers left them. */
  private join(joining: Joining): void {
    joining.join(this.flush.changeSets(), this.states.takeChanged());
    this.fresh = this.flush.changeSets().all.filter(changeSet => !this.alreadySent.has(changeSet));
    this.flush.captureBeforeSql(this.fresh);
    if (this.fresh.length > 0) this.count('rows', this.fresh);
  }

  private count(what: 'rows' | 'collections', added: readonly { readonly entity: object }[]): void {
    const { maxDepth } = this.flush.channels.preSave;
    if (this.laps[what]++ >= maxDepth) throw endless(what, added, maxDepth);
  }
}

function endless(what: string, added: readonly { readonly entity: object }[], maxDepth: number): SignalError {
  const names = new Set(added.map(({ entity }) => entity.constructor.name));
  return new SignalError('RECURSION_LIMIT', {
    what: `Receivers have changed ${what} of ${[...names].join(', ')} in ${counted(maxDepth, 'round')} of one flush, each because of the round before.`,
    at: 'a flush, before its SQL',
    fix: 'let one of these receivers add nothing, or raise `SignalsModule.forRoot({ maxDepth })`.',
  });
}
