import { AmbientContexts, frozenContext } from './dispatch/ambient-context.js';
import { SlowPath } from './connection/slow-path.js';
import { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import { explain, type Explanation, type ReceiverInfo, receiversOf } from './explain.js';
import { Failures } from './deferred/failures.js';
import { PendingSends } from './dispatch/pending-sends.js';
import { consoleLog, type SignalLog } from './message/log.js';
import type { AnySignal, SignalClass, SignalContext } from './message/message.js';
import { defer } from './deferred/defer.js';
import type { UnitsOfWork } from './deferred/transaction.js';
import type { Sending } from './dispatch/sending.js';
import { type Mutable, Muting, type SignalOrUid } from './dispatch/muting.js';
import { Overrides } from './dispatch/overrides.js';
import { PACKAGE, refuseOtherCopy, THIS_COPY } from './message/package-copy.js';
import { Nesting } from './dispatch/nesting.js';
import type { Sources, StartingApplication } from './sources.js';
import { Startup } from './startup.js';

/**
 * The signals of one application and what is connected to them. There is one per application, so two
 * applications in one process do not receive each other's signals.
 */
export class SignalRegistry {
  /** @internal */
  static readonly [PACKAGE] = THIS_COPY;
  /** @internal */
  readonly contexts = new AmbientContexts();
  /** @internal */
  readonly pendingSends = new PendingSends();
  /** @internal */
  readonly slowPath = new SlowPath();
  /** @internal */
  readonly startup: Startup = new Startup(this);
  /** @internal */
  readonly sources: Sources = this.startup.sources;
  /** @internal */
  readonly overrides = new Overrides(this.slowPath);
  /** @internal Aborts when the application has shut down. */
  readonly life = new AbortController();
  /** @internal */
  nesting = new Nesting(32);
  /** @internal The log of errors that no caller receives. */
  log: SignalLog = consoleLog;
  /** @internal Set once MikroORM is known. */
  unitsOfWork: UnitsOfWork | undefined;
  /** @internal Channels whose receivers the shutdown has disconnected: the next send is warned of. */
  readonly disconnected = new Set<Channel>();
  /** @internal */
  readonly disabled = new Set<string>();
  /** @internal Where goes what only its receivers know of. */
  readonly failures = new Failures(() => this.log);
  /** @internal The parts of rooms that deliveries need, by their key. */
  readonly backends = new Map<symbol, unknown>();
  /** @internal Whether no application has the signal yet: its connections move to the one that takes it. */
  isProvisional = false;
  private readonly byClass = new Map<SignalClass, SignalChannel>();

  /**
   * Returns the receivers of a signal, or of all signals, in the order in which they run. Receivers that are
   * connected to an abstract signal are listed under each signal that extends it.
   */
  receivers(signal?: AnySignal | SignalClass): ReceiverInfo[] {
    this.startup.catchUp();
    const channels = signal ? [this.channel(signalClassOf(signal))] : [...this.byClass.values()];
    return channels.flatMap(channel => receiversOf(channel));
  }

  /**
   * Returns the receivers that a send of `sender` would call at this place of the program, and why or why not. It calls none.
   *
   * @param payload - what `fields` and `when` are asked about; without it they count as agreeing.
   */
  explain(signal: AnySignal | SignalClass, sender: unknown, payload?: object): Explanation[] {
    this.startup.catchUp();
    return explain(this.channel(signalClassOf(signal)), sender, payload);
  }

  /**
   * Runs `fn` with these signals or receivers muted: what `fn` sends, and what is sent by what it awaits or
   * starts, does not call them. Other requests are not affected.
   *
   * @param what - `'all'`, signal classes (an abstract one means those that extend it) or uids.
   * @param options - `except` names receivers and signals that are not muted.
   */
  async mute<T>(
    what: Mutable,
    fn: () => T | Promise<T>,
    { except }: { except?: readonly SignalOrUid[] } = {},
  ): Promise<T> {
    const muting = new Muting(what, except, this.contexts.current?.muting);
    this.slowPath.requireUntilCollected(muting);
    return this.contexts.run({ muting }, async () => fn());
  }

  /** Stops calling the receivers with this uid, in this process, until `enable`. What they miss is not kept. */
  disable(uid: string): void {
    if (this.disabled.has(uid)) return;
    this.disabled.add(uid);
    this.slowPath.require();
  }

  /** Calls the receivers with this uid again that `disable` has stopped. */
  enable(uid: string): void {
    if (this.disabled.delete(uid)) this.slowPath.release();
  }

  /** Runs `fn` with this context: every message that is sent meanwhile carries it. For code outside a request. */
  async withContext<T>(context: SignalContext, fn: () => T | Promise<T>): Promise<T> {
    const given = frozenContext(context);
    return this.contexts.run({ context: () => given }, async () => fn());
  }

  /** @internal Before the first send. */
  limitDepth(maxDepth: number): void {
    this.nesting = new Nesting(maxDepth);
  }

  /** @internal The channel of a signal class, with the receivers of the signals that the class extends. */
  channel(signal: SignalClass): SignalChannel {
    const known = this.byClass.get(signal);
    if (known) return known;
    refuseOtherCopy(signal, signal.name, 'SignalRegistry');
    const channel = new Channel<SignalRegistry & StartingApplication>(this, signal);
    for (const other of this.byClass.values()) {
      if (other.signal.prototype instanceof signal) channel.extendedBy(other);
      if (signal.prototype instanceof other.signal) other.extendedBy(channel);
    }
    this.byClass.set(signal, channel);
    return channel;
  }

  /** @internal */
  get channels(): Iterable<SignalChannel> {
    return this.byClass.values();
  }

  /** @internal */
  defer(sending: Sending, record: ConnectionRecord): unknown {
    return defer(this, sending, record);
  }

  /** @internal A receiver that was connected for one message has it. */
  consume(record: ConnectionRecord): void {
    record.terms.isConsumed = true;
    this.remove(record);
  }

  /** @internal Ends a connection, whichever signal it was made to. */
  remove(record: ConnectionRecord): void {
    for (const channel of this.byClass.values()) channel.remove(record);
  }
}

/** A channel of an application. */
export type SignalChannel = Channel<SignalRegistry & StartingApplication>;

function signalClassOf(signal: AnySignal | SignalClass): SignalClass {
  return typeof signal === 'function' ? signal : (signal.constructor as SignalClass);
}
