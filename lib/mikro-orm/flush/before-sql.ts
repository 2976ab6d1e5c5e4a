import { SignalError } from '../../core/index.js';
import { ShownCollections } from '../collections/postponed-collections.js';
import { type AnyChangeSet, isRemoval } from './change-sets.js';
import { EntityStates } from './entity-states.js';
import { Implied } from './implied.js';
import { Joining } from './joining.js';
import { FlushScope } from '../receiver/receiver-scopes.js';
import type { RunningFlush } from './running-flush.js';
import { TakingBack } from './taking-back.js';
import { ChangeSetType } from '../peer.js';

/** What a flush tells before its first statement, and what its receivers add to it. */
export class BeforeSql {
  readonly scope: FlushScope;
  private readonly states = new EntityStates();
  /** What has been told so far. */
  private readonly known = new Set<AnyChangeSet>();
  private readonly removed = new Set<object>();
  private readonly implied: Implied;
  /** What has come into the flush and is not told yet. */
  private fresh: AnyChangeSet[] = [];
  /** How often receivers have added something because of what they added before. */
  private readonly laps = { rows: 0, collections: 0 };

  constructor(readonly flush: RunningFlush) {
    this.scope = new FlushScope(flush.em);
    this.implied = new Implied(flush.uow);
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

  /** Before MikroORM adds to it what hangs on these. */
  notePersisted(): void {
    for (const entity of this.flush.uow.getPersistStack()) this.implied.notePersisted(entity);
  }

  /** Whether somebody is told anything else. What cannot be known after the SQL is kept. */
  look(): boolean {
    const { flush } = this;
    this.fresh = [...flush.changeSets()];
    return flush.look(this.fresh) || flush.collections.areAwaited;
  }

  /**
   * Everything else. Each round tells of what no round before it has, and the last one of nothing; receivers that go
   * on adding are stopped.
   */
  async tellAll(): Promise<void> {
    const { em, uow, extra } = this.flush;
    const joining = new Joining(em, uow, extra, this.implied);
    const shown = new ShownCollections(uow);
    try {
      shown.show();
      extra.show();
      while (await this.tellRound(joining)) {
        shown.show();
        this.join(joining);
        shown.show();
        extra.show();
      }
      extra.hide();
    } finally {
      shown.hide();
      joining.close();
    }
  }

  /** @returns whether there was anything to tell. */
  private async tellRound(joining: Joining): Promise<boolean> {
    const { batch } = this.scope;
    const { collections } = this.flush;
    if (this.fresh.length > 0) await this.tellRows();
    else if (!batch.isEmpty) await batch.tell(this.scope);
    else {
      const changeSets = this.flush.changeSets();
      const isNew = (entity: object) => changeSets.of(entity)?.type === ChangeSetType.CREATE;
      const told = await collections.tellBefore(isNew, this.scope);
      if (told.length === 0) return false;
      this.count('collections', told);
      joining.lookAgain(told.map(({ entity }) => entity));
    }
    return true;
  }

  private async tellRows(): Promise<void> {
    const rows = this.fresh;
    this.fresh = [];
    for (const changeSet of rows) if (isSave(changeSet)) this.states.note(changeSet);
    for (const changeSet of rows) {
      this.known.add(changeSet);
      const telling = this.tell(changeSet);
      // Thousands of rows are told at once, most of them to receivers that need no promise.
      if (telling) await telling;
    }
  }

  private tell(changeSet: AnyChangeSet): Promise<unknown> | undefined {
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) return this.tellRemoval(entity);
    const { flush } = this;
    const { preSave } = flush.channels;
    if (!preSave.hears(meta.class) || !(flush.isSaved(changeSet) || flush.extra.concern(entity))) return undefined;
    const payload = flush.payloadOf(changeSet, flush.extra.valuesOf(entity));
    return preSave.tell(meta.class, payload, this.scope);
  }

  private tellRemoval(entity: object): Promise<unknown> | undefined {
    const payload = this.flush.removalOf(entity);
    const { preDelete } = this.flush.channels;
    if (!payload || this.removed.has(entity) || !preDelete.hears(payload.sender)) return undefined;
    this.removed.add(entity);
    return preDelete.tell(payload.sender, payload, this.scope);
  }

  /** What receivers left on any entity of the flush is what is written. */
  private join(joining: Joining): void {
    joining.join(this.flush.changeSets(), this.states.takeChanged());
    this.fresh = [...this.flush.changeSets()].filter(changeSet => !this.known.has(changeSet));
    this.flush.look(this.fresh);
    if (this.fresh.length > 0) this.count('rows', this.fresh);
  }

  private count(what: 'rows' | 'collections', added: readonly { readonly entity: object }[]): void {
    const { maxDepth } = this.flush.channels;
    if (this.laps[what]++ >= maxDepth) throw endless(what, added, maxDepth);
  }
}

function endless(what: string, added: readonly { readonly entity: object }[], maxDepth: number): SignalError {
  const names = new Set(added.map(({ entity }) => entity.constructor.name));
  return new SignalError('RECURSION_LIMIT', {
    what: `Receivers have changed ${what} of ${[...names].join(', ')} in ${maxDepth} rounds of one flush, each because of the round before.`,
    at: 'a flush, before its SQL',
    fix: 'let one of these receivers add nothing, or raise `SignalsModule.forRoot({ maxDepth })`.',
  });
}

function isSave(changeSet: AnyChangeSet): boolean {
  return !isRemoval(changeSet);
}
