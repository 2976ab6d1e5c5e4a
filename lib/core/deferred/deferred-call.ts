import { withChanges, type AmbientContext } from '../dispatch/ambient-context.js';
import type { ConnectionRecord } from '../connection/connection.js';
import type { DeferredMessage, DeferringApplication } from './transaction.js';
import { callDeferred } from '../dispatch/call-receiver.js';
import { PendingSend } from '../dispatch/pending-sends.js';
import { isObserved } from '../message/observation.js';
import { Sending, type SendingChannel as Channel } from '../dispatch/sending.js';
import type { Scope } from '../dispatch/scope.js';
import { areAlike, type Tenant } from '../message/tenant.js';
import { getOrInsert } from '../message/get-or-insert.js';
import { isThenable } from '../message/thenable.js';

/** One call of one receiver: with one message, or with several where it wants them in one. */
export class DeferredCall {
  readonly record: ConnectionRecord;
  readonly channel: Channel;
  readonly application: DeferringApplication;
  private readonly last: DeferredMessage;

  constructor(private readonly messages: readonly DeferredMessage[]) {
    this.last = messages.at(-1)!;
    this.record = this.last.record;
    this.channel = this.last.sending.channel;
    this.application = this.last.application;
  }

  /** How its receiver's EntityManager is set. */
  get tenant(): Tenant | undefined {
    return this.last.tenant;
  }

  get isDetached(): boolean {
    return this.record.terms.delivery.detached === true;
  }

  /** Where the message was sent from, as far as requests, contexts and muting go. */
  get ambient(): AmbientContext {
    return isObserved() ? withChanges(this.last.ambient, { cause: this.last.sending.id }) : this.last.ambient;
  }

  /** Calls the receiver. */
  async run(scope: Scope | undefined): Promise<unknown> {
    return this.application.contexts.within(this.ambient, () => this.invoke(scope));
  }

  /** Calls the receiver in the context that is current: at once, and without a promise if there is nothing to wait for. */
  invoke(scope: Scope | undefined): unknown {
    return callDeferred(this.sendingIn(scope), this.record);
  }

  /** Reports an error that no caller receives. */
  async fail(error: unknown): Promise<void> {
    const { contexts, failures } = this.application;
    await contexts.within(this.ambient, () => failures.report(this.sendingIn(), this.record, error));
  }

  get payload(): object {
    const { messages, last, record } = this;
    return record.terms.batch ? messages.map(message => message.payload) : last.payload;
  }

  /** The sender of the messages; undefined if they have several. */
  get sender(): unknown {
    const { sender } = this.last.sending;
    return this.messages.length === 1 || this.messages.every(({ sending }) => sending.sender === sender)
      ? sender
      : undefined;
  }

  private sendingIn(scope?: Scope): Sending {
    const { channel, last, messages, payload, record, sender } = this;
    const sending = new Sending(channel, sender, payload, undefined, scope, last.sending);
    if (record.terms.batch) sending.parts = messages.map(message => message.sending);
    return sending;
  }
}

/** Calls that are made one after another, and that nothing which they depend on may end before. */
class CallSequence extends PendingSend {
  current: ConnectionRecord | undefined;
  readonly channel: Channel;
  private readonly application: DeferringApplication;
  private at = 0;

  constructor(private readonly calls: readonly DeferredCall[]) {
    super();
    ({ channel: this.channel, record: this.current, application: this.application } = calls[0]!);
  }

  override get turn(): number {
    return this.at;
  }

  async run(): Promise<void> {
    const { pendingSends } = this.application;
    pendingSends.add(this);
    while (this.at < this.calls.length) await this.callTenant(this.calls[this.at]!.tenant);
    pendingSends.remove(this);
  }

  /** Enters a scope once for all that follow for one tenant. */
  private async callTenant(tenant: Tenant | undefined): Promise<void> {
    const scope = this.application.unitsOfWork?.fresh(tenant);
    const all = () => this.callAll(tenant, scope);
    await (scope?.enter ? scope.enter(all) : all());
  }

  /** Enters a context once for all that follow in it: that costs more than a call. */
  private async callAll(tenant: Tenant | undefined, scope: Scope | undefined): Promise<void> {
    const { contexts } = this.application;
    while (this.at < this.calls.length && this.calls[this.at]!.tenant === tenant) {
      const { ambient } = this.calls[this.at]!;
      await contexts.within(ambient, () => this.callIn(ambient, tenant, scope));
    }
  }

  private async callIn(ambient: AmbientContext, tenant: Tenant | undefined, scope: Scope | undefined): Promise<void> {
    do {
      const call = this.calls[this.at++]!;
      this.current = call.record;
      try {
        const value = call.invoke(scope);
        if (isThenable(value)) await value;
      } catch (error) {
        await call.fail(error);
      }
    } while (this.goesOn(ambient, tenant));
  }

  private goesOn(ambient: AmbientContext, tenant: Tenant | undefined): boolean {
    const next = this.calls[this.at];
    return next !== undefined && next.ambient === ambient && next.tenant === tenant;
  }
}

/**
 * Makes these calls in their order, each isolated from the others: errors are logged, and reported by `ReceiverFailed`.
 * Resolves when they are over, and never rejects. The detached ones come last, and are not waited for.
 */
export async function runAll(calls: readonly DeferredCall[]): Promise<void> {
  const { attached, detached } = Object.groupBy(calls, call => (call.isDetached ? 'detached' : 'attached'));
  if (attached) await new CallSequence(attached).run();
  if (detached) void new CallSequence(detached).run();
}

/**
 * The calls that messages of one transaction make, in the order in which they were sent. Of those that a receiver
 * wants coalesced only the last counts; those that it wants in one call make it where the first of them stands. What was
 * sent for different tenants never meets.
 */
export function deferredCalls(messages: readonly DeferredMessage[]): DeferredCall[] {
  if (messages.every(({ record }) => !record.terms.batch))
    return coalesce(messages).map(one => new DeferredCall([one]));
  const calls: DeferredMessage[][] = [];
  const batches = new Map<Channel, Map<ConnectionRecord, DeferredMessage[][]>>();
  for (const message of coalesce(messages)) {
    const { record, sending, tenant } = message;
    const ofChannel = getOrInsert(batches, sending.channel, () => new Map<ConnectionRecord, DeferredMessage[][]>());
    const ofReceiver = record.terms.batch ? getOrInsert(ofChannel, record, () => []) : [];
    const batch = ofReceiver.find(known => areAlike(known[0]!.tenant, tenant));
    if (batch) batch.push(message);
    else {
      const call = [message];
      calls.push(call);
      ofReceiver.push(call);
    }
  }
  return calls.map(call => new DeferredCall(call));
}

/** Leaves out what a later message for the same tenant stands for, too. */
export function coalesce(messages: readonly DeferredMessage[]): readonly DeferredMessage[] {
  if (messages.every(({ coalesced }) => coalesced === undefined)) return messages;
  const later = new Map<unknown, Map<string, (Tenant | undefined)[]>>();
  const isLast = (message: DeferredMessage) => {
    const { coalesced, record, tenant } = message;
    if (coalesced === undefined) return true;
    const ofReceiver = getOrInsert(later, record.key, () => new Map<string, (Tenant | undefined)[]>());
    const tenants = getOrInsert(ofReceiver, coalesced, () => []);
    if (tenants.some(other => areAlike(other, tenant))) return false;
    tenants.push(tenant);
    return true;
  };
  return messages.toReversed().filter(isLast).toReversed();
}
