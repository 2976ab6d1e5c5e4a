import type { EntityManager } from '@mikro-orm/core';
import type { DeferredMessage, PendingSend, Moment, Tenant, Transaction } from '../../core/index.js';
import { xidOf } from './server-transaction.js';

interface Kept {
  readonly moment: Moment;
  readonly message: DeferredMessage;
  readonly within: OpenTransaction;
}

/** The messages that are kept in one transaction and its savepoints, in the order in which they were sent. */
class KeptMessages {
  private kept: Kept[] = [];
  /** The moments for which messages were kept, although they may have been taken out since. */
  private readonly moments = new Set<Moment>();

  /** Whether any message was kept. */
  get isUsed(): boolean {
    return this.moments.size > 0;
  }

  add(kept: Kept): void {
    this.moments.add(kept.moment);
    this.kept.push(kept);
  }

  takeOut(message: DeferredMessage): boolean {
    const at = this.kept.findIndex(kept => kept.message === message && !kept.within.isDropped);
    return at >= 0 && this.kept.splice(at, 1).length > 0;
  }

  /** Returns whether a message waits for this moment. */
  has(moment: Moment): boolean {
    return this.moments.has(moment) && this.kept.some(kept => kept.moment === moment);
  }

  /** Takes the messages that have waited for this moment and were not dropped. */
  take(moment: Exclude<Moment, 'after-rollback'>): DeferredMessage[] {
    return this.has(moment) ? this.takeDue(kept => kept.moment === moment && !kept.within.isDropped) : [];
  }

  /** Takes the messages that have waited for the rollback of a savepoint, or of the whole transaction. */
  takeRolledBack(whole: boolean): DeferredMessage[] {
    if (!this.has('after-rollback')) return [];
    return this.takeDue(kept => kept.moment === 'after-rollback' && (whole || kept.within.isDropped));
  }

  /** Takes the messages that were dropped with a savepoint, or with the whole transaction. */
  takeDropped(whole: boolean): DeferredMessage[] {
    return this.takeDue(kept => whole || kept.within.isDropped);
  }

  private takeDue(isDue: (kept: Kept) => boolean): DeferredMessage[] {
    const { due = [], left = [] } = Object.groupBy(this.kept, kept => (isDue(kept) ? 'due' : 'left'));
    this.kept = left;
    return due.map(({ message }) => message);
  }
}

/** A transaction, or a savepoint, in which messages were sent that are delivered later, or which must not be committed. */
export class OpenTransaction implements Transaction {
  /** Set when an inline receiver failed in it, or a receiver before COMMIT. */
  refusal: { readonly error: unknown; readonly by: string | undefined } | undefined;
  /** The sends in it that have not ended. */
  readonly sends = new Set<PendingSend>();
  /** The server's name of the transaction, if it has one that can be asked about. */
  xid: string | undefined;
  private answer: Promise<string | undefined> | undefined;
  /** `sealed`: the COMMIT is on its way. */
  stage: 'open' | 'sealed' | 'ended' = 'open';
  /** Called when it is committed. */
  readonly calls: (() => void)[] = [];
  /** The settings of the sender's EntityManagers when a message was kept in it the last time. */
  tenant: Tenant | undefined;
  private isRolledBack = false;
  readonly isSavepoint = this.parent !== undefined;
  readonly root: OpenTransaction = this.parent?.root ?? this;
  readonly kept: KeptMessages = this.parent?.kept ?? new KeptMessages();

  constructor(
    private readonly parent?: OpenTransaction,
    private beganBy?: EntityManager,
  ) {}

  keep(moment: Moment, message: DeferredMessage): boolean {
    const { stage } = this.root;
    if (stage === 'ended' || (stage === 'sealed' && (moment === 'before-commit' || moment === 'storing'))) return false;
    this.kept.add({ moment, message, within: this });
    return true;
  }

  giveBack(message: DeferredMessage): boolean {
    return this.root.stage !== 'ended' && this.kept.takeOut(message);
  }

  /** The EntityManager to call receivers in it; undefined when it has ended, and before a flush has begun it. */
  get em(): EntityManager | undefined {
    return this.root.stage === 'ended' ? undefined : this.root.beganBy;
  }

  beginsWith(em: EntityManager): this {
    this.beganBy = em;
    return this;
  }

  end(): void {
    this.stage = 'ended';
    this.beganBy = undefined;
    this.tenant = undefined;
  }

  /** @param by - the receiver that failed, and the signal. */
  refuse(error: unknown, by?: string): void {
    this.refusal ??= { error, by };
  }

  /** Asks the server for its name while messages are still being kept. Nothing else may be written in it after that. */
  askEarly(em: EntityManager, trx: object): this {
    this.answer = xidOf(em, trx);
    // `ask()` throws its error.
    this.answer.catch(() => {});
    return this;
  }

  /**
   * Asks the server for its name, or takes the answer to `askEarly()`.
   *
   * @throws the driver's error when PostgreSQL has given the transaction up.
   */
  async ask(em: EntityManager, trx: object, isEarly: boolean): Promise<void> {
    this.xid = await ((isEarly && this.answer) || xidOf(em, trx));
  }

  /** Rolls this savepoint back, and drops the messages that were sent in it. */
  rollBack(): void {
    this.isRolledBack = true;
  }

  get isDropped(): boolean {
    return this.isRolledBack || (this.parent?.isDropped ?? false);
  }
}
