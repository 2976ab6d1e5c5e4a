import {
  type ObservedAttempt,
  type ObservedDrop,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  observation,
  type ObservedStoring,
  SignalError,
  type SignalResponse,
  Watching,
} from '../../core/index.js';
import type { CallState } from '../page-types.js';
import type { RecentSends } from './recent-sends.js';
import type { RecordedSend } from './recorded-send.js';
import type { Facts } from './facts.js';
import { errorText } from './shown-text.js';

/** The result or the error with which a send or a call is observed once it has ended. */
interface Ended {
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Notes what becomes of sends. Everything is found by the id of a message, so that nothing of the application is held. */
export class Recorder {
  constructor(
    private readonly facts: Facts,
    private readonly sends: RecentSends,
    private readonly isLeftOut: (send: ObservedSend) => boolean,
    private readonly delivered: (receiver: string) => void,
  ) {}

  /** Notes what one application does, until it is disposed of. A recorder may fail: then something is not shown. */
  watch(registry: object): Disposable {
    const watching = new Watching(registry);
    const { send, receive, skip, drop, store, attempt } = observation;
    watching.trace(receive, { begins: one => this.callBegins(one), ends: one => this.callEnds(one) });
    watching.subscribe<ObservedSkip>(skip, one => this.skipped(one));
    watching.subscribe<ObservedDrop>(drop, one => this.dropped(one));
    // Storing is observed while somebody is subscribed to its start.
    watching.trace(store, { begins: () => {}, ends: one => this.stored(one) });
    watching.trace(attempt, { begins: one => this.attemptBegins(one), ends: one => this.attemptEnds(one) });
    // Last: while somebody is subscribed to it, sends are observed.
    watching.trace(send, { begins: one => this.sendBegins(one), ends: one => this.sendEnds(one) });
    return watching;
  }

  private sendBegins(send: ObservedSend): void {
    // A call with several payloads is a part of each of their sends.
    if (!send.parts) this.add(send);
  }

  private sendEnds(send: ObservedSend & Ended): void {
    const recorded = this.sends.get(send.id);
    if (!recorded || send.parts || send.origin) return;
    recorded.end(send.error === undefined ? undefined : errorText(send.error));
    for (const response of Array.isArray(send.result) ? (send.result as SignalResponse[]) : []) {
      if (response.status !== 'deferred') continue;
      const call = recorded.call(response.receiver, response.delivery, 'deferred');
      // It may have had it by now.
      if (call.startedAt === 0) call.until = response.delivery;
    }
    this.sends.change(recorded);
  }

  private skipped({ send, receiver, because }: ObservedSkip): void {
    this.each(send, recorded => recorded.skip(receiver, because));
  }

  private dropped({ send, receiver }: ObservedDrop): void {
    this.each(send, recorded => {
      recorded.call(receiver, '', 'rolled-back').state = 'rolled-back';
    });
  }

  private callBegins({ send, receiver, delivery }: ObservedReceiver): void {
    for (const part of send.parts ?? [send]) this.add(part);
    this.each(send, recorded => {
      const { context } = send;
      if (!recorded.context && Object.keys(context).length > 0) recorded.context = this.facts.contextOf(context);
      begin(recorded, receiver, delivery);
    });
  }

  private callEnds({ send, receiver, error }: ObservedReceiver & Ended): void {
    this.each(send, recorded => {
      const call = recorded.knownCall(receiver);
      if (!call) return;
      // Of a stored message the end of the attempt decides.
      if (error !== undefined) recorded.endCall(call, stateOf(error), errorText(error));
      else recorded.endCall(call, call.attempts === undefined ? 'ok' : 'running');
    });
  }

  private stored({ messages, error }: ObservedStoring & Ended): void {
    if (error !== undefined) return;
    for (const { send, receiver } of messages) {
      this.each(send, recorded => {
        const call = recorded.call(receiver, 'durable', 'stored');
        if (call.attempts === undefined) Object.assign(call, { state: 'stored', until: 'durable' });
      });
    }
  }

  private attemptBegins({ messages, receiver, delivery, signal }: ObservedAttempt): void {
    for (const { id, causedBy, attempt } of messages) {
      const recorded = this.sends.get(id) ?? this.sends.add(this.facts.ofStored(id, signal, causedBy));
      begin(recorded, receiver, delivery).attempts = attempt;
      this.sends.change(recorded);
    }
  }

  private attemptEnds({ messages, receiver, outcomes, error }: ObservedAttempt): void {
    for (const [at, { id }] of messages.entries()) {
      const outcome = outcomes[at];
      if (outcome === 'succeeded') this.delivered(receiver);
      const recorded = this.sends.get(id);
      const call = recorded?.knownCall(receiver);
      if (!recorded || !call || outcome === undefined) continue;
      const text = outcome === 'failed' || outcome === 'dead' ? errorText(error) : undefined;
      recorded.endCall(call, OUTCOMES[outcome], text);
      if (outcome === 'succeeded' || outcome === 'dead') delete call.until;
      this.sends.change(recorded);
    }
  }

  private add(send: ObservedSend): void {
    if (!this.sends.get(send.id) && !this.isLeftOut(send)) this.sends.add(this.facts.of(send));
  }

  private each(send: ObservedSend, change: (recorded: RecordedSend) => void): void {
    for (const part of send.parts ?? [send]) {
      const recorded = this.sends.get(part.id);
      if (!recorded) continue;
      change(recorded);
      this.sends.change(recorded);
    }
  }
}

const OUTCOMES = { succeeded: 'delivered', failed: 'failed', dead: 'dead', lost: 'stored' } as const;

function begin(recorded: RecordedSend, receiver: string, delivery: string) {
  const call = recorded.call(receiver, delivery, 'running');
  if (call.delivery === '') call.delivery = delivery;
  call.state = 'running';
  call.startedAt = performance.now();
  return call;
}

function stateOf(error: unknown): CallState {
  return error instanceof SignalError && error.code === 'RECEIVER_TIMED_OUT' ? 'timed-out' : 'failed';
}
