import type {
  ObservedReceiver,
  ObservedSend,
  ObservedSkip,
  PayloadFor,
  AnySignal,
  ShapeOf,
  SignalClass,
  SignalResponse,
} from '../core/index.js';

/** One send, as it was recorded. */
export interface SentSignal<Payload extends object = object> {
  /** The same as `message.id` of its receivers. */
  readonly id: string;
  readonly signal: SignalClass;
  readonly sender: unknown;
  /** The payload itself, not a copy. */
  readonly payload: Payload;
  /** The uids of the receivers that were called, in call order. */
  readonly receivers: readonly string[];
  /** What they returned, or failed with, as far as they have; `deferred` for one that is to be called later. */
  readonly responses: readonly SignalResponse[];
  /** Who was not called, and why. */
  readonly skipped: readonly { readonly receiver: string; readonly because: string }[];
  /** What the send failed with; absent when it did not. */
  readonly error?: unknown;
  /** The id of the message whose receiver sent this one. */
  readonly causedBy?: string;
}

/** What is recorded of a signal `S` whose receivers ask for the sender `Wanted`. */
export type SentOf<S extends AnySignal, Wanted = unknown> = SentSignal<PayloadFor<ShapeOf<S>, Wanted>>;

type Written<T> = { -readonly [Name in keyof T]: T[Name] extends readonly (infer One)[] ? One[] : T[Name] };

/** What has been told of a send or a receiver so far. */
type Told<T> = T & { readonly result?: unknown; readonly error?: unknown };

/** Puts together what is observed of single sends. */
export class SentSignals {
  all: Written<SentSignal>[] = [];
  private readonly byId = new Map<string, Written<SentSignal>>();

  clear(): void {
    this.all = [];
    this.byId.clear();
  }

  /** One call with the payloads of several sends is no send of its own. */
  start({ id, signal, sender, payload, causedBy, parts }: ObservedSend): void {
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

  end(send: Told<ObservedSend>): void {
    const [sent] = this.of(send);
    if (!sent || send.parts) return;
    if ('error' in send) sent.error = send.error;
    for (const response of (send.result ?? []) as readonly SignalResponse[]) {
      const isKnown = sent.responses.some(({ receiver }) => receiver === response.receiver);
      if (response.status === 'deferred' && !isKnown) sent.responses.push(response);
    }
  }

  call({ send, receiver }: ObservedReceiver): void {
    for (const sent of this.of(send)) sent.receivers.push(receiver);
  }

  /** A synchronous call is over when it has a result; one that is awaited has none yet. */
  answer(told: Told<ObservedReceiver>): void {
    const { send, receiver } = told;
    if ('error' in told) this.respond(send, { receiver, status: 'rejected', reason: told.error });
    else if ('result' in told) this.respond(send, { receiver, status: 'fulfilled', value: told.result });
  }

  skip({ send, receiver, because }: ObservedSkip): void {
    for (const sent of this.of(send)) sent.skipped.push({ receiver, because });
  }

  /** What was deferred until now is answered in its place. */
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
