import {
  type AnySignal,
  observation,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  type PayloadFor,
  type ShapeOf,
  type SignalClass,
  type SignalResponse,
  Watching,
} from '../core/index.js';

/** One send, as it was recorded. */
export interface SentSignal<Payload extends object = object> {
  /** The `message.id` of its receivers. */
  readonly id: string;
  /** The class of the signal. */
  readonly signal: SignalClass;
  /** The sender that `send()` was given. */
  readonly sender: unknown;
  /** The payload itself, not a copy. */
  readonly payload: Payload;
  /** The uids of the receivers that were called, in call order. */
  readonly receivers: readonly string[];
  /** Their results and errors so far; `deferred` for a receiver that is called later. */
  readonly responses: readonly SignalResponse[];
  /** The receivers that were not called, and why. */
  readonly skipped: readonly { readonly receiver: string; readonly because: string }[];
  /** The error of the send; absent when it succeeded. */
  readonly error?: unknown;
  /** The id of the message whose receiver sent this one. */
  readonly causedBy?: string;
}

/** A recorded send of the signal `S` to receivers that ask for the sender `Filter`. */
export type SentOf<S extends AnySignal, Filter = unknown> = SentSignal<PayloadFor<ShapeOf<S>, Filter>>;

type Written<T> = { -readonly [Name in keyof T]: T[Name] extends readonly (infer One)[] ? One[] : T[Name] };

/** A send or a receiver, with its result or error once it has ended. */
type Observed<T> = T & { readonly result?: unknown; readonly error?: unknown };

/** Puts together what is observed of single sends. */
export class SentSignals {
  all: Written<SentSignal>[] = [];
  private readonly byId = new Map<string, Written<SentSignal>>();

  clear(): void {
    this.all = [];
    this.byId.clear();
  }

  /** Notes the sends of an application that `isMeant` accepts, and what happens in them, until it is disposed of. */
  observe(registry: object, isMeant: (send: ObservedSend) => boolean): Disposable {
    const watching = new Watching(registry);
    const { send, receive, skip } = observation;
    const isPartMeant = ({ send: whole }: ObservedReceiver | ObservedSkip) => isMeant(whole);
    watching.subscribe<ObservedSkip>(skip, one => isPartMeant(one) && this.skip(one));
    watching.trace(receive, {
      begins: one => isPartMeant(one) && this.call(one),
      ends: one => isPartMeant(one) && this.answer(one),
    });
    watching.trace(send, {
      begins: one => isMeant(one) && this.start(one),
      ends: one => isMeant(one) && this.end(one),
    });
    return watching;
  }

  /** One call with the payloads of several sends is no send of its own. */
  private start({ id, signal, sender, payload, causedBy, parts }: ObservedSend): void {
    if (parts) return;
    const sent: Written<SentSignal> = {
      id,
      signal: signal.constructor as SignalClass,
      sender,
      payload,
      receivers: [],
      responses: [],
      skipped: [],
      ...(causedBy !== undefined && { causedBy }),
    };
    this.all.push(sent);
    this.byId.set(id, sent);
  }

  private end(send: Observed<ObservedSend>): void {
    const [sent] = this.of(send);
    if (!sent || send.parts) return;
    if ('error' in send) sent.error = send.error;
    for (const response of (send.result ?? []) as readonly SignalResponse[]) {
      const isKnown = sent.responses.some(({ receiver }) => receiver === response.receiver);
      if (response.status === 'deferred' && !isKnown) sent.responses.push(response);
    }
  }

  private call({ send, receiver }: ObservedReceiver): void {
    for (const sent of this.of(send)) sent.receivers.push(receiver);
  }

  /** A synchronous call is over when it has a result; one that is awaited has none yet. */
  private answer(outcome: Observed<ObservedReceiver>): void {
    const { send, receiver } = outcome;
    if ('error' in outcome) this.respond(send, { receiver, status: 'rejected', reason: outcome.error });
    else if ('result' in outcome) this.respond(send, { receiver, status: 'fulfilled', value: outcome.result });
  }

  private skip({ send, receiver, because }: ObservedSkip): void {
    for (const sent of this.of(send)) sent.skipped.push({ receiver, because });
  }

  /** Replaces the response `deferred` of a receiver that has run now. */
  private respond(send: ObservedSend, response: SignalResponse): void {
    for (const { responses } of this.of(send)) {
      const at = responses.findIndex(({ receiver, status }) => receiver === response.receiver && status === 'deferred');
      if (at < 0) responses.push(response);
      else responses[at] = response;
    }
  }

  private of({ id, parts }: ObservedSend): Written<SentSignal>[] {
    if (parts) return parts.flatMap(part => this.of(part));
    const sent = this.byId.get(id);
    return sent ? [sent] : [];
  }
}
