import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import {
  type AnySignal,
  getOrInsert,
  type ObservedAttempt,
  type ObservedMessage,
  type ObservedReceiver,
  type ObservedSend,
  type ObservedSkip,
  type ObservedStoring,
  type SignalClass,
} from '../core/index.js';
import { Carriers } from './carriers.js';
import { idsOf, nameOfSignal, operationOf, SCOPE, tagsOf, typeOfError } from './names.js';
import type { OpenTelemetryOptions } from './options.js';

/** The attempt that is about to call its receiver: its span is the receiver's, too. */
interface Calling {
  readonly receiver: string;
  readonly id: string | undefined;
  readonly span: Span | undefined;
}

const CALLING = createContextKey('nestjs-signals: the attempt that is about to call its receiver');

/** Makes the spans of one application. Each method that begins something returns the context that it runs in. */
export class Spans {
  /** Until something registers an SDK this does nothing; afterwards it does. */
  private readonly tracer = trace.getTracer(SCOPE);
  private readonly carriers: Carriers;
  /** Spans that have not ended, by what is observed. */
  private readonly open = new WeakMap<object, Span[]>();
  /** The contexts of sends, for what becomes of them later. */
  private readonly contexts = new WeakMap<object, Context>();

  constructor(private readonly options: OpenTelemetryOptions) {
    this.carriers = new Carriers(options.propagator);
  }

  /** A call with several payloads was not sent: it has no span of its own, and its receivers have links. */
  send(send: ObservedSend): Context {
    const { signal, parts } = send;
    const active = context.active();
    const within = parts || !this.showsSignal(signal) ? active : this.sendSpan(send, active);
    this.contexts.set(send, within);
    return within;
  }

  private sendSpan(send: ObservedSend, parent: Context): Context {
    const name = nameOfSignal(send.signal);
    const attributes = { 'nestjs_signals.signal': name, ...idsOf(send), ...this.further(send) };
    return this.start(send, `send ${name}`, { kind: SpanKind.INTERNAL, attributes }, parent);
  }

  skip({ send, receiver, because }: ObservedSkip): void {
    if (!this.showsReceiver(receiver)) return;
    const attributes = { 'nestjs_signals.receiver': receiver, 'nestjs_signals.reason': because };
    for (const span of this.open.get(send) ?? []) span.addEvent('nestjs_signals.receiver.skipped', attributes);
  }

  receive(observed: ObservedReceiver): Context {
    const { send, receiver, delivery } = observed;
    const active = context.active();
    const calling = active.getValue(CALLING) as Calling | undefined;
    if (calling?.receiver === receiver && calling.id === send.id) {
      calling.span?.setAttributes(this.further(send));
      return active.deleteValue(CALLING);
    }
    const { parts } = send;
    const parent = parts ? active : this.contextOf(send.origin, active);
    if (!this.shows(send.signal, receiver)) return parent;
    const attributes = { ...tagsOf(send.signal, receiver, delivery), ...idsOf(send), ...this.further(send) };
    const links = (parts ?? []).flatMap(part => linksTo(this.contexts.get(part)));
    return this.start(observed, `receive ${receiver}`, { kind: SpanKind.INTERNAL, attributes, links }, parent);
  }

  /** Each message has a span of its own, in the trace of its send: that is what its attempts refer to. */
  store(observed: ObservedStoring): Context {
    const active = context.active();
    const stored = observed.messages.map(message => this.storeOne(observed, message, active));
    return stored.length === 1 ? stored[0]! : active;
  }

  private storeOne(observed: ObservedStoring, message: ObservedMessage, active: Context): Context {
    const parent = this.contextOf(message.send, active);
    const isShown = this.shows(message.send.signal, message.receiver);
    const within = isShown ? this.storeSpan(observed, message, parent) : parent;
    message.carrier = this.carriers.of(within);
    return within;
  }

  private storeSpan(observed: ObservedStoring, { send, receiver }: ObservedMessage, parent: Context): Context {
    const tags = tagsOf(send.signal, receiver, 'durable');
    const attributes = { ...operationOf('store', receiver), ...tags, ...idsOf(send), ...this.further(send) };
    return this.start(observed, `store ${receiver}`, { kind: SpanKind.PRODUCER, attributes }, parent);
  }

  /** Nothing of what runs in the worker is its parent: a worker calls one receiver after another. */
  attempt(observed: ObservedAttempt): Context {
    const { messages, receiver, signal } = observed;
    const stored = messages.map(({ carrier }) => this.carriers.contextOf(carrier));
    const [only = ROOT_CONTEXT] = stored.length === 1 ? stored : [];
    const id = messages.at(-1)?.id;
    if (!this.shows(signal, receiver))
      return only.setValue(CALLING, { receiver, id, span: undefined } satisfies Calling);
    const parent = this.options.durable === 'link' ? trace.deleteSpan(only) : only;
    const attributes = attributesOfAttempt(observed);
    const links = stored.flatMap(linksTo);
    const within = this.start(observed, `process ${receiver}`, { kind: SpanKind.CONSUMER, attributes, links }, parent);
    return within.setValue(CALLING, { receiver, id, span: trace.getSpan(within) } satisfies Calling);
  }

  attemptEnds(observed: ObservedAttempt): void {
    const { messages, outcomes } = observed;
    for (const span of this.open.get(observed) ?? []) {
      if (messages.length === 1 && outcomes[0]) span.setAttribute('nestjs_signals.outcome', outcomes[0]);
      for (const [at, { id }] of messages.entries()) {
        if (outcomes[at] === 'dead') span.addEvent('nestjs_signals.message.dead', { 'messaging.message.id': id });
      }
    }
    this.end(observed);
  }

  /** Ends what was begun, once. `error` is there when it has failed. */
  end(observed: object): void {
    const spans = this.open.get(observed) ?? [];
    this.open.delete(observed);
    for (const span of spans) {
      if ('error' in observed && observed.error !== undefined) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttribute('error.type', typeOfError(observed.error));
      }
      span.end();
    }
  }

  /** Returns the context that the span is the active one of. */
  private start(observed: object, name: string, options: SpanOptions, parent: Context): Context {
    const span = this.tracer.startSpan(name, options, parent);
    getOrInsert(this.open, observed, () => []).push(span);
    return trace.setSpan(parent, span);
  }

  private contextOf(send: object | undefined, otherwise: Context): Context {
    return (send && this.contexts.get(send)) ?? otherwise;
  }

  private shows(signal: AnySignal, receiver: string): boolean {
    return this.showsSignal(signal) && this.showsReceiver(receiver);
  }

  private showsSignal(signal: AnySignal): boolean {
    const { signals } = this.options;
    return signals ? signals(signal.constructor as SignalClass) : !comesWithLoads(signal);
  }

  private showsReceiver(uid: string): boolean {
    return this.options.receivers?.(uid) ?? true;
  }

  private further(send: ObservedSend): Attributes {
    return this.options.attributes?.(send) ?? {};
  }
}

function attributesOfAttempt({ signal, receiver, delivery, messages }: ObservedAttempt): Attributes {
  const [first] = messages;
  const facts =
    messages.length === 1 && first
      ? { ...idsOf(first), 'nestjs_signals.attempt': first.attempt }
      : { 'messaging.batch.message_count': messages.length };
  return { ...operationOf('process', receiver), ...tagsOf(signal, receiver, delivery), ...facts };
}

function comesWithLoads(signal: object): boolean {
  return (signal as { readonly comesWithLoads?: boolean }).comesWithLoads === true;
}

function linksTo(one: Context | undefined): Link[] {
  const span = one && trace.getSpanContext(one);
  return span ? [{ context: span }] : [];
}
