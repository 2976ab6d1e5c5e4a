import type { ConnectOptions, Message, SignalResponse } from 'nestjs-signals';
import { type Payload, type SeenReceiver, type SignalLike, textOf } from './world.js';

/** The sender filter of connections that name no sender. */
const ANY = Symbol('any sender');

const NO_MESSAGE = {} as Message;

interface Entry {
  readonly signal: ListSignal;
  readonly receiver: SeenReceiver;
  readonly uid: string;
  /** The uid that was given, or else the receiver. */
  readonly key: unknown;
  senders: readonly unknown[];
  readonly options: ConnectOptions;
}

/** The state that all signals of a model share: connections in order, given uids, and logged failures. */
export class Connections {
  entries: readonly Entry[] = [];
  /** Every uid that was ever given. */
  readonly given: Pick<Entry, 'signal' | 'uid'>[] = [];
  readonly failures: string[] = [];
}

/** A signal as a plain list of connections, in the simplest code possible. */
export class ListSignal implements SignalLike {
  constructor(
    private readonly name: string,
    private readonly all: Connections,
    private readonly base?: ListSignal,
  ) {}

  /** The receivers of a sender, in order. */
  private receiversOf(sender: unknown): Entry[] {
    const isHeard = ({ signal }: Pick<Entry, 'signal'>) => signal === this || signal === this.base;
    return inOrder(this.all.entries.filter(isHeard), this.all.given.filter(isHeard)).filter(({ senders, options }) =>
      senders.some(filter => matches(filter, sender, options.includeSubclasses)),
    );
  }

  /** Returns the receivers that a send calls: each once, however many of its connections match. */
  private chosen(sender: unknown, payload: Payload): Entry[] {
    const willing = this.receiversOf(sender).filter(({ options }) => options.when?.(payload, NO_MESSAGE) ?? true);
    return willing.filter(({ key }, at) => willing.findIndex(other => other.key === key) === at);
  }

  private taken(sender: unknown, payload: Payload): Entry[] {
    const chosen = this.chosen(sender, payload);
    for (const entry of chosen) if (entry.options.once) this.remove(entry);
    return chosen;
  }

  async send(sender: unknown, payload: Payload): Promise<SignalResponse[]> {
    const responses: SignalResponse[] = [];
    for (const entry of this.taken(sender, payload)) {
      responses.push(fulfilled(entry, await this.call(entry, sender, payload)));
    }
    return responses;
  }

  async sendRobust(sender: unknown, payload: Payload): Promise<SignalResponse[]> {
    const responses: SignalResponse[] = [];
    for (const entry of this.taken(sender, payload)) {
      try {
        responses.push(fulfilled(entry, await this.call(entry, sender, payload)));
      } catch (reason) {
        responses.push({ receiver: entry.uid, status: 'rejected', reason });
        this.fail(entry, reason);
      }
    }
    return responses;
  }

  sendSync(sender: unknown, payload: Payload): SignalResponse[] {
    const isAsync = this.chosen(sender, payload).some(({ receiver }) => receiver.constructor.name === 'AsyncFunction');
    if (isAsync) throw new Refusal('RECEIVER_IS_ASYNC');
    return this.taken(sender, payload).map(entry => {
      const value = this.call(entry, sender, payload);
      if (!(value instanceof Promise)) return fulfilled(entry, value);
      value.catch((reason: unknown) => this.fail(entry, reason));
      throw new Refusal('RECEIVER_IS_ASYNC');
    });
  }

  connect(receiver: SeenReceiver, options: ConnectOptions) {
    const key = options.uid ?? receiver;
    const senders = options.sender === undefined ? [ANY] : [options.sender].flat();
    const left = [...new Set(senders)].filter(sender => !this.find(key, sender));
    const entry: Entry =
      left.length > 0
        ? { signal: this, receiver, uid: options.uid ?? receiver.name, key, senders: left, options }
        : this.find(key, senders[0])!;
    if (left.length > 0) this.all.entries = [...this.all.entries, entry];
    this.all.given.push(entry);
    const isConnected = () => this.all.entries.includes(entry);
    return {
      get connected() {
        return isConnected();
      },
      disconnect: () => this.remove(entry),
    };
  }

  disconnect(what: SeenReceiver | { uid: string }, { sender = ANY }: { sender?: unknown } = {}): boolean {
    const entry = this.find(typeof what === 'function' ? what : what.uid, sender);
    if (!entry) return false;
    entry.senders = entry.senders.filter(other => other !== sender);
    return entry.senders.length > 0 || this.remove(entry);
  }

  hasReceivers(sender?: unknown): boolean {
    return this.receiversOf(sender).length > 0;
  }

  private find(key: unknown, sender: unknown): Entry | undefined {
    return this.all.entries.find(entry => entry.signal === this && entry.key === key && entry.senders.includes(sender));
  }

  private remove(entry: Entry): boolean {
    const left = this.all.entries.filter(other => other !== entry);
    const isRemoved = left.length < this.all.entries.length;
    this.all.entries = left;
    return isRemoved;
  }

  private call({ receiver, uid }: Entry, sender: unknown, payload: Payload): unknown {
    return receiver(payload, { receiver: uid, sender, signal: this });
  }

  private fail({ uid }: Entry, reason: unknown): void {
    this.all.failures.push(`${uid} on ${this.name}: ${textOf(reason)}`);
  }
}

/** Checks whether a filter is `ANY`, the sender, its class or, with `includeSubclasses`, a base class of the sender. */
function matches(filter: unknown, sender: unknown, includeSubclasses = false): boolean {
  if (filter === ANY || filter === sender) return true;
  const senderClass = typeof sender === 'object' ? sender?.constructor : sender;
  if (typeof filter !== 'function' || typeof senderClass !== 'function') return false;
  return filter === senderClass || (includeSubclasses && filter.prototype.isPrototypeOf(senderClass.prototype));
}

/**
 * Connection order, but that who asks to be before another stands right before it; then, again and again, the
 * first that waits for no other.
 */
function inOrder(entries: readonly Entry[], given: readonly Pick<Entry, 'uid'>[]): Entry[] {
  const named = ({ options }: Entry, side: 'before' | 'after') =>
    [options[side] ?? []].flat().flatMap(name => {
      const found = entries.filter(({ uid }) => uid === name.replace('?', ''));
      if (found.length === 0 && !name.endsWith('?') && !given.some(({ uid }) => uid === name)) {
        throw new Refusal('RECEIVER_ORDER_UNKNOWN');
      }
      return found;
    });
  const runsBefore = (a: Entry, b: Entry) => named(a, 'before').includes(b) || named(b, 'after').includes(a);
  const place = (entry: Entry): number =>
    Math.min(entries.indexOf(entry), ...named(entry, 'before').map(other => place(other) - 0.01));
  const waiting = [...entries].sort((a, b) => place(a) - place(b));
  const ordered: Entry[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(entry => !waiting.some(other => runsBefore(other, entry)));
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

function fulfilled({ uid }: Entry, value: unknown): SignalResponse {
  return { receiver: uid, status: 'fulfilled', value };
}

class Refusal extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}
