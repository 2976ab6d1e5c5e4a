import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import { type AmbientContext, withChanges } from '../dispatch/ambient-context.js';
import type { Sending, SendingApplication, SendUnits } from '../dispatch/sending.js';
import { SentMessage } from '../dispatch/sent-message.js';
import type { Scope } from '../dispatch/scope.js';
import type { Delivery, Moment } from '../message/delivery.js';
import { getOrInsert } from '../message/get-or-insert.js';
import type { Carrier } from '../message/observation.js';
import type { TenantSettings, Tenant } from '../message/tenant.js';
import type { KnownEntityManager } from '../message/unit-of-work.js';
import type { Failures } from './failures.js';
import type { StoredEntities } from './stored-entities.js';

/** A message for one receiver whose delivery calls it later. */
export class DeferredMessage {
  /** The payload as it was when the message was sent. */
  readonly payload: object;
  /** The key of which only the last message counts; undefined if each message counts. */
  readonly coalesced: string | undefined;
  /** How the sender's EntityManagers were set. */
  readonly tenant: Tenant | undefined;
  /** The context of the code that sent it, with the signals whose sends led to it, its own included. */
  readonly ambient: AmbientContext;
  /** The result of `prepare` of its delivery. */
  readonly prepared: unknown;
  /** Stored with it, where somebody watches. */
  declare carrier?: Carrier | undefined;

  /** @throws {SignalError} `RECURSION_LIMIT` */
  constructor(
    readonly application: DeferringApplication,
    readonly sending: Sending,
    readonly record: ConnectionRecord,
  ) {
    this.payload = sending.copy;
    this.tenant = sending.tenant;
    this.ambient = laterAmbient(sending);
    this.coalesced = record.terms.coalesce?.(this.payload, new SentMessage(sending, record));
    this.prepared = this.delivery.prepare?.(this);
  }

  get delivery(): DeferringDelivery {
    return this.record.terms.delivery;
  }

  /** The transaction that it was sent in. */
  get transaction(): Transaction | undefined {
    return this.application.unitsOfWork?.transactionOf(this.sending);
  }

  /** Keeps it until this moment of its transaction. False where there is none, or it has passed. */
  keep(moment: Moment): boolean {
    const { transaction } = this;
    if (!transaction?.keep(moment, this)) return false;
    const { capture }: CapturingContext = this.ambient;
    capture?.add(this, transaction);
    return true;
  }
}

/**
 * Returns the context in which the receivers of a send run that run later. Shared by what is sent in one context, one after
 * another.
 */
function laterAmbient({ ambient: current, channel, registry }: Sending): AmbientContext {
  const ambient = current ?? registry.contexts.none;
  ambient.later ??= new Map<Channel, AmbientContext>();
  return getOrInsert(ambient.later, channel, () => {
    const path = registry.nesting.extend(ambient.path ?? [], channel);
    return withChanges(ambient, { path, cause: undefined });
  });
}

/** A transaction, or a savepoint, that is open where a message is sent. */
export interface Transaction {
  /** The outermost one, whose COMMIT decides. */
  readonly root: Transaction;
  /**
   * Keeps a message until this moment. With the transaction or the savepoint what is kept is dropped, except for
   * `after-rollback`.
   *
   * @returns false when the moment has passed.
   */
  keep(moment: Moment, message: DeferredMessage): boolean;
  /** Gives a message back that would be delivered were it committed now; false when it was dropped, or delivered. */
  giveBack(message: DeferredMessage): boolean;
}

/** A delivery that calls its receivers later, or elsewhere. */
export interface DeferringDelivery extends Delivery {
  /** Refuses a connection that it could never serve; asked at start, and when one is made later. */
  check?(channel: Channel<DeferringApplication>, record: ConnectionRecord): void;
  /**
   * Delivers a message that no transaction can keep: there is none, or the moment has passed.
   *
   * @returns what the send waits for; its error is the sender's.
   */
  atOnce?(message: DeferredMessage): Promise<unknown> | undefined;
  /** Makes of a message what this delivery needs of it later, when it is sent; kept as `message.prepared`. */
  prepare?(message: DeferredMessage): unknown;
  /**
   * Stores what was kept for the moment `storing`, of all receivers whose delivery has the same need.
   *
   * @param em - on the transaction that the messages were sent in. Undefined where there is none.
   */
  store?(messages: readonly DeferredMessage[], em?: KnownEntityManager): Promise<void>;
}

/** All that the library knows of units of work; MikroORM's room provides it. */
export interface UnitsOfWork extends SendUnits {
  transactionOf(sending: Sending): Transaction | undefined;
  /**
   * A tenant that was stored. Without any, EntityManagers are set as those that all are forked from.
   *
   * @param em - whose MikroORM `message.em` is of. Default: the first.
   */
  restoreTenant(known: TenantSettings | undefined, em?: KnownEntityManager): Tenant;
  /** Returns a scope for receivers that have nothing to do with the code that is running: each has a unit of work of its own. */
  fresh(tenant?: Tenant): Scope;
  /** The EntityManager that all others of a MikroORM are forked from: of this context name, or of the first. */
  root(contextName?: string): KnownEntityManager | undefined;
  /** Knows the MikroORMs' entities, where payloads are stored. */
  readonly entities: StoredEntities;
  /**
   * Does the work outside of everything, with an EntityManager of its own that is the current one; what is pending in
   * it at the end is flushed.
   *
   * @param where - `em`: of which MikroORM; `until`: when it aborts, the sessions of all transactions that the work has open are ended.
   * @param commit - makes it a transaction; called in it after the work, just before COMMIT.
   */
  inOwnUnitOfWork<T>(
    where: { readonly em: KnownEntityManager; readonly tenant?: Tenant; readonly until?: AbortSignal },
    work: (scope: Scope) => Promise<T>,
    commit?: (em: KnownEntityManager) => Promise<unknown>,
  ): Promise<T>;
  /** Calls this once the transaction of `em` is committed; never when it is rolled back. */
  onCommit(em: KnownEntityManager, call: () => void): void;
  /** Returns a scope for a receiver that is called in a transaction that is still open. Undefined when it has ended. */
  within(transaction: Transaction): Scope | undefined;
  /** Returns a scope with a savepoint for each receiver: what fails in one is undone, and the transaction can go on. */
  savepoints(transaction: Transaction): Scope | undefined;
}

/** An application, as far as messages that wait need it. */
export interface DeferringApplication extends SendingApplication {
  readonly unitsOfWork: UnitsOfWork | undefined;
  readonly failures: Failures;
  /** The parts of rooms that deliveries need, by their key. */
  readonly backends: ReadonlyMap<symbol, unknown>;
}

/** A context in which messages that wait for COMMIT are captured, in tests. */
export interface CapturingContext extends AmbientContext {
  readonly capture?: { add(message: DeferredMessage, transaction: Transaction): void };
}
