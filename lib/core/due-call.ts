import type { Channel } from './channel.js';
import type { ConnectionRecord } from './connection.js';
import type { DeferredMessage } from './deferred-message.js';
import { callDue } from './dispatch.js';
import { Flight } from './flights.js';
import { isObserved } from './observation.js';
import { type Scope, Sending } from './sending.js';

/** One call of one receiver: with one message, or with several where it wants them in one. */
export class DueCall {
  readonly record: ConnectionRecord;
  readonly channel: Channel;
  private readonly last: DeferredMessage;

  constructor(private readonly messages: readonly DeferredMessage[]) {
    this.last = messages.at(-1)!;
    this.record = this.last.record;
    this.channel = this.last.sending.channel;
  }

  get isDetached(): boolean {
    return this.record.terms.delivery.detached === true;
  }

  /** Calls the receiver, where the message was sent from as far as requests, contexts and muting go. */
  async run(scope: Scope | undefined): Promise<unknown> {
    const { last, record } = this;
    const { frame, registry } = last.sending;
    const due = this.sendingIn(scope);
    const cause = isObserved() ? due.id : undefined;
    return registry.ambient.within({ ...frame, path: last.path, cause }, () => callDue(due, record));
  }

  /** The same where no caller can be told of an error: it is logged, and told by `ReceiverFailed`. */
  async runIsolated(scope: Scope | undefined): Promise<void> {
    try {
      await this.run(scope);
    } catch (error) {
      await this.fail(error);
    }
  }

  /** Tells of an error that no caller can be told. */
  async fail(error: unknown): Promise<void> {
    const { sending, path } = this.last;
    const { ambient, failures } = sending.registry;
    await ambient.within({ ...sending.frame, path }, () => failures.tell(this.sendingIn(), this.record, error));
  }

  get payload(): object {
    const { messages, last, record } = this;
    return record.terms.batch ? messages.map(message => message.payload) : last.payload;
  }

  /** That of all messages, where they have the same. */
  get sender(): unknown {
    const { sender } = this.last.sending;
    return this.messages.every(({ sending }) => sending.sender === sender) ? sender : undefined;
  }

  private sendingIn(scope?: Scope): Sending {
    const { channel, last, messages, payload, record, sender } = this;
    const sending = new Sending(channel, sender, payload, {}, scope, last.sending);
    if (record.terms.batch) sending.parts = messages.map(message => message.sending);
    return sending;
  }
}

/** Calls that are made one after another, and that nothing which they depend on may end before. */
class Round extends Flight {
  current: ConnectionRecord | undefined;
  readonly channel: Channel;

  constructor(private readonly calls: readonly DueCall[]) {
    super();
    ({ channel: this.channel, record: this.current } = calls[0]!);
  }

  async run(scope: Scope | undefined): Promise<void> {
    const { flights } = this.channel.registry;
    flights.add(this);
    for (const call of this.calls) {
      this.current = call.record;
      await call.runIsolated(scope);
    }
    flights.remove(this);
  }
}

/**
 * Makes these calls in their order, each isolated from the others, and resolves when they are over; it never rejects.
 * The detached ones come last, and are not waited for.
 */
export async function runAll(calls: readonly DueCall[], scope: Scope | undefined): Promise<void> {
  const [attached, detached] = [false, true].map(is => calls.filter(call => is === call.isDetached));
  if (attached!.length > 0) await new Round(attached!).run(scope);
  if (detached!.length > 0) void new Round(detached!).run(scope);
}

/**
 * The calls that messages of one transaction make, in the order in which they were sent. Of those that a receiver
 * wants coalesced only the last counts; those that it wants in one call make it where the first of them stands.
 */
export function callsOf(messages: readonly DeferredMessage[]): DueCall[] {
  const calls: DeferredMessage[][] = [];
  const batches = new Map<Channel, Map<ConnectionRecord, DeferredMessage[]>>();
  for (const message of coalesce(messages)) {
    const { record, sending } = message;
    const ofChannel = batches.get(sending.channel) ?? new Map<ConnectionRecord, DeferredMessage[]>();
    const batch = record.terms.batch && ofChannel.get(record);
    if (batch) {
      batch.push(message);
      continue;
    }
    const call = [message];
    calls.push(call);
    if (record.terms.batch) batches.set(sending.channel, ofChannel.set(record, call));
  }
  return calls.map(call => new DueCall(call));
}

/** Leaves out what a later message stands for, too. */
export function coalesce(messages: readonly DeferredMessage[]): readonly DeferredMessage[] {
  if (messages.every(({ coalesced }) => coalesced === undefined)) return messages;
  const last = new Map<unknown, Map<string, DeferredMessage>>();
  for (const message of messages) {
    const { coalesced, record } = message;
    if (coalesced === undefined) continue;
    const ofReceiver = last.get(record.key) ?? new Map<string, DeferredMessage>();
    last.set(record.key, ofReceiver.set(coalesced, message));
  }
  return messages.filter(
    message => message.coalesced === undefined || last.get(message.record.key)!.get(message.coalesced) === message,
  );
}
