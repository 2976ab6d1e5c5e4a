import type { Delivery } from './delivery.js';
import type { AnyShape, FieldFor, PayloadFor, PayloadOf, Shaped, SignalShape } from './payload.js';
import type { KnownEntityManager } from './unit-of-work.js';

/**
 * The actor and the origin of a message: JSON that travels with it into nested sends and stored jobs. An application
 * names its own properties by declaration merging: `declare module 'nestjs-signals' { interface SignalContext { ... } }`.
 */
export interface SignalContext {
  [name: string]: unknown;
}

/**
 * A receiver's second argument: one send as one receiver sees it.
 *
 * Not made for a function that declares exactly one plain parameter, without another that has a default or takes the rest.
 */
export interface Message {
  /** The id of the send, the same for all receivers and on every attempt: with `receiver` it is the idempotency key. */
  readonly id: string;
  /** The signal that was sent; a receiver may be connected to several. */
  readonly signal: AnySignal;
  /** The sender that `send()` was given. */
  readonly sender: unknown;
  /** The uid of the receiver that is being called. */
  readonly receiver: string;
  /** The name of the delivery that calls the receiver: `inline`, ... */
  readonly delivery: string;
  /**
   * The receiver's EntityManager: what an injected `EntityManager` is while the receiver runs. Undefined without MikroORM.
   *
   * @throws {SignalError} `RECEIVER_TIMED_OUT` once the receiver's time is up.
   */
  readonly em?: KnownEntityManager;
  /** The actor and the origin, as `forRoot({ context })` or `withContext()` gave them when the message was sent; empty without either. */
  readonly context: Readonly<SignalContext>;
  /** The number of the attempt: 1, or more when a delivery tries again. */
  readonly attempt: number;
  /** Whether the row of the entity of a stored message is gone; `instance` was then made from what had been stored of it. */
  readonly missing: boolean;
  /** The id of the message whose receiver sent this one; known where sends are observed. */
  readonly causedBy?: string;
  /** Aborts when the receiver's `timeoutMs` is over. Made when it is first read. */
  readonly abortSignal: AbortSignal;
}

/** The options of a send. */
export interface SendOptions {
  /** The unit of work whose transaction to join, when it is not the ambient one. */
  em?: KnownEntityManager;
}

/** A function that is called on every send: with the payload and the message, or with the payload alone if that is its one plain parameter. */
export type Receiver<Payload> = (payload: Payload, message: Message) => unknown;

/** How a receiver is connected; the same options are the second argument of `@OnSignal`. */
export interface ConnectOptions<
  Shape extends SignalShape = AnyShape,
  SenderFilter = Shape['filter'],
  Batch extends true | undefined = undefined,
> {
  /**
   * Only sends of this sender, or of one of these. Compared by identity, as in Django; a class also
   * matches its direct instances. Default: every sender.
   */
  sender?: SenderFilter | readonly SenderFilter[];
  /** With a class as `sender`: its subclasses match too, and the class itself may be abstract. Default: false. */
  includeSubclasses?: boolean;
  /** Django's `dispatch_uid`. Default: `Class.method` for `@OnSignal`, the function itself for `connect()`. */
  uid?: string;
  /** How the receiver runs. Default: `inline`. */
  delivery?: Delivery;
  /** Uids of receivers of the same signal and delivery that this one runs before; `'uid?'` for one that may be absent. */
  before?: string | readonly string[];
  /** Uids of receivers of the same signal and delivery that this one runs after; `'uid?'` for one that may be absent. */
  after?: string | readonly string[];
  /** `PreSave`, `PostSave` and `RowChanged`: only when one of these properties changed; always when the row is new, or deleted. */
  fields?: readonly FieldFor<Shape, SenderFilter>[];
  /** Decides, when a message is sent, whether this receiver has it. */
  when?: (payload: PayloadFor<Shape, SenderFilter>, message: Message) => boolean;
  /**
   * Returns a key, when a message is sent: of the messages of one transaction with one key only the last is delivered. For
   * receivers that run later.
   */
  coalesce?: (payload: PayloadFor<Shape, SenderFilter>, message: Message) => string;
  /**
   * `true`: the receiver is called once with an array of payloads, those of a flush for model signals, those of a
   * transaction if it runs later. `message.sender` is their sender where they have the same. Inside a flush it is called after the receivers
   * that are called once for each payload. Default: one call for each payload.
   */
  batch?: Batch;
  /** `true`: the receiver has one message, and is disconnected before it is called. Default: false. */
  once?: boolean;
  /** How long the receiver may take, in milliseconds; then its `abortSignal` aborts and it counts as failed. Default: no limit. */
  timeoutMs?: number;
  /** Ends the connection when it aborts. */
  until?: AbortSignal;
}

/** Where the names of `fields` are inferred; nothing for a signal that has none, so that its options stay what they are. */
export type NamedFields<Shape extends SignalShape, Field> = [Shape['field']] extends [never]
  ? unknown
  : { fields?: readonly Field[] };

/** The options of whatever connection. */
export type AnyConnectOptions = ConnectOptions<AnyShape, AnyShape['filter'], true | undefined>;

/**
 * The argument that a receiver is called with: the payload, or with `batch: true` an array of them. Asked this way round,
 * because without `strictNullChecks` undefined extends everything.
 */
export type Received<Payload, Batch> = Batch extends undefined ? Payload : readonly Payload[];

/** One receiver connected to one signal. Ends with `disconnect()`, or at the end of a `using` block. */
export interface Connection extends Disposable {
  /** The uid that was given, or a readable name. */
  readonly uid: string;
  /** Whether the connection has not ended. */
  readonly connected: boolean;
  /** Ends the connection; sends under way are not affected. True the first time, false afterwards. */
  disconnect(): boolean;
}

/**
 * The response of one receiver; responses stand in the order in which the receivers were called.
 *
 * `rejected` comes from `sendRobust` only; `deferred` from every delivery but `inline`: the receiver runs later, or has
 * been run at once because there is no transaction to wait for.
 */
export type SignalResponse =
  | { receiver: string; status: 'fulfilled'; value: unknown }
  | { receiver: string; status: 'rejected'; reason: unknown }
  | { receiver: string; status: 'deferred'; delivery: string };

/** The property through which an application links a signal to its registry. Nest prints it when it has none to give. */
export const REGISTRY: unique symbol = Symbol('import SignalsModule.forRoot() in the root module');

/** A signal without its types, as a receiver of several signals knows it. */
export interface AnySignal extends Shaped {
  /** @internal The `SignalRegistry` of its application. */
  [REGISTRY]: AnyShape;
  send(sender: AnyShape, payload?: AnyShape, options?: SendOptions): Promise<SignalResponse[]>;
  sendRobust(sender: AnyShape, payload?: AnyShape, options?: SendOptions): Promise<SignalResponse[]>;
  sendSync(sender: AnyShape, payload?: AnyShape, options?: SendOptions): SignalResponse[];
  connect(receiver: Receiver<AnyShape>, options?: AnyConnectOptions): Connection;
  disconnect(receiver: Receiver<never> | { uid: string }, options?: { sender?: AnyShape }): boolean;
  hasReceivers(sender?: AnyShape): boolean;
}

/** The class of a signal; an abstract one stands for every signal that extends it. */
export type SignalClass<S extends AnySignal = AnySignal> = abstract new (...args: never[]) => S;

/** The traits of a signal class, which each of its instances has. All but the first are those of some signals only. */
export interface SignalTraits {
  /** Returns the key that a sender is compared by. */
  senderKey(sender: unknown): unknown;
  /** Whether the payload holds a request, which cannot be stored. */
  readonly holdsRequest?: boolean;
  /** The fields that a payload says were changed, undefined for all; a signal that has it can be filtered by `fields`. */
  readonly changedFields?: (payload: object) => readonly string[] | undefined;
  /** The fix where an application lacks the delivery of a receiver, if to add the delivery is not enough. */
  readonly deliveryFix?: () => string;
  /** One cause sends many at once, so that a receiver may have them in one call. */
  readonly comesInBatches?: boolean;
  /** Reading entities sends it, for each of them: what watches sends leaves it out unless it is asked for. */
  readonly comesWithLoads?: boolean;
}

/**
 * Whether the message is of this signal, or of one that extends it; narrows the payload of a receiver that is
 * connected to several.
 */
export function payloadIs<S extends AnySignal>(
  signal: SignalClass<S>,
  payload: object,
  { signal: sent }: Message,
): payload is PayloadOf<S> {
  return sent instanceof signal;
}
