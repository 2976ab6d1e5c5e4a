import { deliver } from './dispatch/dispatch.js';
import { send, sendSync } from './dispatch/send.js';
import { Sending } from './dispatch/sending.js';
import {
  type AnySignal,
  type Connection,
  type ConnectOptions,
  type NamedFields,
  type Received,
  type Receiver,
  REGISTRY,
  type SendOptions,
  type SignalClass,
  type SignalResponse,
} from './message/message.js';
import { PACKAGE, refuseOtherCopy, THIS_COPY } from './message/package-copy.js';
import type { OnlyField, PayloadArguments, PayloadFor, PlainShape, SHAPE, SignalShape } from './message/payload.js';
import { NO_RESPONSES } from './connection/receiver-list.js';
import { type SignalChannel as Channel, SignalRegistry } from './registry.js';
import { SignalError } from './message/errors.js';
import type { StandardSchemaV1 } from './message/schema.js';

/** Every copy of the package asks for the registry by it, so that each notices the other. */
export const REGISTRY_TOKEN: unique symbol = Symbol.for('nestjs-signals:registry');

const CHANNEL: unique symbol = Symbol('Channel');

/**
 * A kind of event that senders send and receivers receive.
 *
 * The class is its name, its type and its injection token; an instance is a handle on the receivers of one
 * application. An instance made with `new` outside Nest has receivers of its own: none, until one is connected.
 *
 * @see Django "Signals"
 */
export abstract class Signal<
  Payload extends object = {},
  Sender = unknown,
  Shape extends SignalShape = PlainShape<Payload, Sender>,
> implements AnySignal {
  declare readonly [SHAPE]: Shape;
  /** @internal */
  static readonly [PACKAGE] = THIS_COPY;
  /** The name of the signal in lists, errors and traces. Default: the class name. */
  static readonly signalName?: string;
  /** The schema that every send checks its payload with; zod, valibot and arktype make such schemas. It does not change the payload. */
  static readonly schema?: StandardSchemaV1;

  /** @internal */
  [CHANNEL]?: Channel | undefined;

  /** @internal */
  get [REGISTRY](): SignalRegistry {
    return (this[CHANNEL] ?? unconnected(this)).registry;
  }

  /** @internal Set by the application; what was connected before stays connected. */
  set [REGISTRY](registry: SignalRegistry) {
    refuseOtherCopy(registry.constructor, this.constructor.name, `the provider of ${this.constructor.name}`);
    const own = this[CHANNEL];
    if (own && isTaken(own.registry, registry)) throw ofAnotherApplication(own.name);
    const channel = registry.channel(this.constructor as SignalClass);
    channel.introduce(this);
    this[CHANNEL] = channel;
    if (own?.registry.isProvisional) channel.adopt(own);
  }

  /**
   * Calls the receivers, one after another in connection order, sync and async alike, and stops at the first
   * error, which passes through untouched. The receivers are those connected when the send starts.
   *
   * @param sender - who sends; receivers may filter on it.
   * @returns one response for each receiver that was called, in call order.
   */
  send(sender: Sender, ...rest: PayloadArguments<Payload, SendOptions>): Promise<SignalResponse[]>;
  send(sender: unknown, payload: object = {}, options?: SendOptions): Promise<SignalResponse[]> {
    return send(this[CHANNEL] ?? unconnected(this), sender, payload, options);
  }

  /**
   * Calls every receiver, whatever the others do. What failed is in the responses, and logged once.
   *
   * @returns one response for each receiver; never rejects because of a receiver.
   */
  sendRobust(sender: Sender, ...rest: PayloadArguments<Payload, SendOptions>): Promise<SignalResponse[]>;
  async sendRobust(sender: unknown, payload: object = {}, options?: SendOptions): Promise<SignalResponse[]> {
    return deliver(new Sending(this[CHANNEL] ?? unconnected(this), sender, payload, options), true);
  }

  /**
   * `send` for call sites that cannot wait.
   *
   * @throws {SignalError} `RECEIVER_IS_ASYNC` before any receiver is called, when one of them is asynchronous.
   */
  sendSync(sender: Sender, ...rest: PayloadArguments<Payload, SendOptions>): SignalResponse[];
  sendSync(sender: unknown, payload: object = {}, options?: SendOptions): SignalResponse[] {
    const channel = this[CHANNEL] ?? unconnected(this);
    return channel.lists.areEmpty ? NO_RESPONSES : sendSync(channel, sender, payload, options);
  }

  /**
   * Calls `receiver` on every later send, after the receivers already connected. Sends under way are not
   * affected. The signal keeps the receiver alive until it is disconnected.
   *
   * A receiver, or a uid, that is connected for that sender already stays as it is, and its connection is returned.
   *
   * @throws {SignalError} `NOT_A_RECEIVER`, `UNKNOWN_OPTION`; for a model signal `SENDER_NOT_AN_ENTITY`, `UNKNOWN_FIELD`.
   */
  connect<
    const SenderFilter extends Shape['filter'],
    const Batch extends true | undefined = undefined,
    const Field extends string = never,
  >(
    receiver: Receiver<Received<PayloadFor<Shape, SenderFilter, OnlyField<Field>>, Batch>>,
    options?: ConnectOptions<Shape, SenderFilter, Batch> & NamedFields<Shape, Field>,
  ): Connection {
    return (this[CHANNEL] ?? unconnected(this)).connect(receiver, options);
  }

  /**
   * Disconnects a receiver. As in Django the call names the sender, or senders, that the receiver was connected for, and
   * the uid if one was given; for its other senders it stays connected.
   *
   * @returns false if there was no such connection.
   */
  disconnect(
    receiver: Receiver<never> | { uid: string },
    { sender }: { sender?: Shape['filter'] | readonly Shape['filter'][] } = {},
  ): boolean {
    const key = typeof receiver === 'function' ? receiver : receiver.uid;
    const channel = this[CHANNEL] ?? unconnected(this);
    const senders: readonly unknown[] = Array.isArray(sender) ? sender : [sender];
    return senders.filter(one => channel.disconnect(key, channel.senderKey(one))).length > 0;
  }

  /** Whether a send of `sender` would call a receiver; without a sender: whether a receiver is connected to every sender. */
  hasReceivers(sender?: Sender | Shape['filter']): boolean {
    const channel = this[CHANNEL] ?? unconnected(this);
    return channel.lists.of(channel.senderKey(sender)).records.length > 0;
  }

  /** @internal Returns the key that a sender is compared by. */
  senderKey(sender: unknown): unknown {
    return sender;
  }

  /** @internal The fields that a payload says were changed, undefined for all; a signal that has it can be filtered by `fields`. */
  changedFields?(payload: Payload): readonly string[] | undefined;

  /** @internal The fix where an application lacks the delivery of a receiver, if to add the delivery is not enough. */
  deliveryFix?(): string;
}

/** Outside an application a signal has a registry of its own. */
function unconnected(signal: AnySignal & { readonly [CHANNEL]?: Channel | undefined }): Channel {
  const registry = new SignalRegistry();
  registry.isProvisional = true;
  signal[REGISTRY] = registry;
  return signal[CHANNEL]!;
}

/** An application that has not started, or has ended, has no claim to a signal. */
function isTaken(owner: SignalRegistry, registry: SignalRegistry): boolean {
  const { isProvisional, startup, life } = owner;
  return owner !== registry && !isProvisional && !startup.isStarting && !life.signal.aborted;
}

function ofAnotherApplication(name: string): SignalError {
  return new SignalError('SIGNAL_OF_ANOTHER_APPLICATION', {
    what: `This instance of ${name} belongs to an application that is running: in another it would leave that one.`,
    at: `the provider of ${name}`,
    fix: `provide the class, or give each application its own: { provide: ${name}, useFactory: () => new ${name}() }.`,
  });
}
