import { Ambient, frozenContext } from './dispatch/ambient.js';
import { Attention } from './connection/attention.js';
import { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import { explain, type Explanation, type ReceiverInfo, receiversOf } from './explain.js';
import { Failures } from './deferred/failures.js';
import { type Flight, Flights } from './dispatch/pending-sends.js';
import { LateSends } from './dispatch/late-sends.js';
import { consoleLog, type SignalLog } from './message/log.js';
import type { KnownEntityManager, SignalContext } from './message/message.js';
import { type Mutable, Muting, type SignalOrUid } from './dispatch/muting.js';
import type { AnySignal, SignalClass } from './message/payload.js';
import { Overrides } from './dispatch/overrides.js';
import { PACKAGE, refuseOtherCopy, THIS_COPY } from './message/package-copy.js';
import { Nesting } from './dispatch/nesting.js';
import type { Scope, Sending } from './dispatch/sending.js';
import { Startup } from './startup.js';
import type { StoredEntities } from './durable/stored-entities.js';
import type { StoredTenant, Tenant } from './message/tenant.js';
import type { Transaction } from './deferred/transaction.js';

/** What the library knows of units of work; MikroORM's room provides it. */
export interface UnitsOfWork {
  /** The EntityManager that an injected one resolves to here; undefined outside any context. */
  current(): KnownEntityManager | undefined;
  isInTransaction(em?: KnownEntityManager): boolean;
  /** How the EntityManagers are set where a message is sent, for receivers that have it later. */
  tenantOf(sending: Sending): Tenant;
  /**
   * A tenant that was stored. Without any, EntityManagers are set as those that all are forked from.
   *
   * @param em - whose MikroORM `message.em` is of. Default: the first.
   */
  restoreTenant(stored: StoredTenant | undefined, em?: KnownEntityManager): Tenant;
  /** What surrounds receivers that have nothing to do with the code that is running: each has a unit of work of its own. */
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
  alone<T>(
    where: { readonly em: KnownEntityManager; readonly tenant?: Tenant; readonly until?: AbortSignal },
    work: (scope: Scope) => Promise<T>,
    commit?: (em: KnownEntityManager) => Promise<unknown>,
  ): Promise<T>;
  /**
   * Surrounds the inline receivers of a send: what they leave pending outside a transaction is written for them, and where
   * there is no EntityManager each has a fresh one. Undefined where a running flush or delivery sees to it.
   */
  around(sender: unknown): Scope | undefined;
  /**
   * Surrounds the inline receivers of a send that names its unit of work, which is the current one while they run.
   *
   * @param isSync - the send cannot wait until anything is written.
   */
  named(em: KnownEntityManager, sender: unknown, isSync: boolean): Scope;
  /** What surrounds the inline receivers of a robust send in a transaction: a savepoint each. Undefined outside of one. */
  robust(sending: Sending): Scope | undefined;
  /**
   * The transaction that a message belongs to: that of `options.em`, or of the flush or the delivery that is running, or
   * the ambient one.
   *
   * @throws {SignalError} `AMBIGUOUS_TRANSACTION`
   */
  transactionOf(sending: Sending): Transaction | undefined;
  /** The sends that COMMIT of the message's transaction waits for; undefined without one. */
  sendsOf(sending: Sending): Set<Flight> | undefined;
  /** Calls this once the transaction of `em` is committed; never when it is rolled back. */
  onCommit(em: KnownEntityManager, call: () => void): void;
  /** What surrounds a receiver that is called in a transaction that is still open. Undefined when it has ended. */
  within(transaction: Transaction): Scope | undefined;
  /** The same with a savepoint for each receiver, so that what fails in one is undone and the transaction can go on. */
  savepoints(transaction: Transaction): Scope | undefined;
  /** An inline receiver failed: what it may have left half done must not be committed, whoever catches the error. */
  refuse(sending: Sending, error: unknown): void;
}

/**
 * The signals of one application and what is connected to them. There is one per application, so two
 * applications in one process do not hear each other.
 */
export class SignalRegistry {
  /** @internal */
  static readonly [PACKAGE] = THIS_COPY;
  /** @internal */
  readonly ambient = new Ambient();
  /** @internal */
  readonly flights = new Flights();
  /** @internal */
  readonly attention = new Attention();
  /** @internal */
  readonly startup = new Startup(this.attention);
  /** @internal */
  readonly overrides = new Overrides(this.attention);
  /** @internal Aborts when the application has shut down. */
  readonly life = new AbortController();
  /** @internal */
  nesting = new Nesting(32);
  /** @internal Where goes what no caller can be told. */
  log: SignalLog = consoleLog;
  /** @internal Set once MikroORM is known. */
  unitsOfWork: UnitsOfWork | undefined;
  /** @internal */
  readonly lateSends = new LateSends(() => this.log);
  /** @internal Where goes what only its receivers know of. */
  readonly failures = new Failures(() => this.log);
  /** @internal What rooms have put here for the deliveries that they offer. */
  readonly backends = new Map<symbol, unknown>();
  /** @internal Of a signal that no application has: what is connected there moves to the one that takes it. */
  isProvisional = false;
  private readonly byClass = new Map<SignalClass, Channel>();
  private readonly disabled = new Set<string>();

  /**
   * The receivers of a signal, or of all signals, in the order in which they run. Those of receivers that are
   * connected to an abstract signal are listed under each signal that extends it.
   */
  receivers(signal?: AnySignal | SignalClass): ReceiverInfo[] {
    this.startup.catchUp();
    const channels = signal ? [this.channel(classOf(signal))] : [...this.byClass.values()];
    return channels.flatMap(channel => receiversOf(channel));
  }

  /**
   * Who would hear a send of `sender` at this place of the program, and why or why not. Nobody is called.
   *
   * @param payload - what `fields` and `when` are asked about; without it they count as agreeing.
   */
  explain(signal: AnySignal | SignalClass, sender: unknown, payload?: object): Explanation[] {
    this.startup.catchUp();
    return explain(this.channel(classOf(signal)), sender, payload);
  }

  /**
   * Runs `fn` with these signals or receivers muted: what `fn` sends, and what is sent by what it awaits or
   * starts, does not call them. Other requests are not affected.
   *
   * @param what - `'all'`, signal classes (an abstract one means those that extend it) or uids.
   * @param options - `except` names what is heard all the same.
   */
  async mute<T>(
    what: Mutable,
    fn: () => T | Promise<T>,
    { except }: { except?: readonly SignalOrUid[] } = {},
  ): Promise<T> {
    const muting = new Muting(what, except, this.ambient.current?.muting);
    this.attention.addFor(muting);
    return this.ambient.run({ muting }, async () => fn());
  }

  /** Stops calling the receivers with this uid, in this process, until `enable`. What they miss is not kept. */
  disable(uid: string): void {
    if (this.disabled.has(uid)) return;
    this.disabled.add(uid);
    this.attention.add();
  }

  enable(uid: string): void {
    if (this.disabled.delete(uid)) this.attention.remove();
  }

  /** Runs `fn` with this context: every message that is sent meanwhile carries it. For what is not a request. */
  async withContext<T>(context: SignalContext, fn: () => T | Promise<T>): Promise<T> {
    const given = frozenContext(context);
    return this.ambient.run({ context: () => given }, async () => fn());
  }

  /** @internal */
  isDisabled(uid: string): boolean {
    return this.disabled.has(uid);
  }

  /** @internal Before the first send. */
  limitDepth(maxDepth: number): void {
    this.nesting = new Nesting(maxDepth);
  }

  /** @internal The channel of a signal class. It hears what is connected to the signals that the class extends. */
  channel(signal: SignalClass): Channel {
    const known = this.byClass.get(signal);
    if (known) return known;
    refuseOtherCopy(signal, signal.name, 'SignalRegistry');
    const channel = new Channel(this, signal);
    for (const other of this.byClass.values()) {
      if (other.signal.prototype instanceof signal) channel.extendedBy(other);
      if (signal.prototype instanceof other.signal) other.extendedBy(channel);
    }
    this.byClass.set(signal, channel);
    return channel;
  }

  /** @internal */
  get channels(): Iterable<Channel> {
    return this.byClass.values();
  }

  /** @internal A receiver that was connected for one message has it. */
  spend(record: ConnectionRecord): void {
    record.terms.isSpent = true;
    this.remove(record);
  }

  /** @internal Ends a connection, whichever signal it was made to. */
  remove(record: ConnectionRecord): void {
    for (const channel of this.byClass.values()) channel.remove(record);
  }
}

function classOf(signal: AnySignal | SignalClass): SignalClass {
  return typeof signal === 'function' ? signal : (signal.constructor as SignalClass);
}
