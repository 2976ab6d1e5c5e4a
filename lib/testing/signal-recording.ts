import {
  type AnySignal,
  isOrExtends,
  nameOf,
  senderMatches,
  type ShapeOf,
  type SignalClass,
  SignalError,
  type SignalRegistry,
} from '../core/index.js';
import { type SentOf, type SentSignal, SentSignals } from './sent-signals.js';
import type { Temporary } from './overrides.js';
import { notSent } from './verdicts.js';

/** The recorded sends, in their order. */
export class SignalRecording implements Temporary {
  private readonly sent = new SentSignals();
  private readonly ends: readonly (() => void)[];

  /** @internal */
  constructor(
    private readonly registry: SignalRegistry,
    private readonly signals: readonly SignalClass[],
  ) {
    const channels = new Set([...registry.channels, ...signals.map(signal => registry.channel(signal))]);
    const watched = [...channels].filter(({ signal }) => this.concerns(signal));
    const watching = this.sent.observe(registry, ({ signal }) => this.concerns(signal.constructor as SignalClass));
    const close = () => this.end();
    registry.life.signal.addEventListener('abort', close);
    this.ends = [
      ...watched.map(channel => channel.watch()),
      () => watching[Symbol.dispose](),
      () => registry.life.signal.removeEventListener('abort', close),
    ];
  }

  /** Everything that was recorded. */
  get all(): readonly SentSignal[] {
    return this.sent.all;
  }

  /**
   * Returns the sends of one signal, and of those that extend it.
   *
   * @param sender - only what it has sent; with a class, what the class or a direct instance has.
   * @throws {SignalError} `SIGNAL_UNKNOWN` when the signal is not recorded.
   */
  of<S extends AnySignal, const Filter extends ShapeOf<S>['filter']>(
    signal: SignalClass<S>,
    sender?: Filter,
  ): SentOf<S, Filter>[] {
    this.checkRecorded(signal);
    const ofSignal = this.sent.all.filter(one => isOrExtends(one.signal, signal));
    const key = this.registry.channel(signal).senderKey(sender);
    return sender === undefined ? ofSignal : ofSignal.filter(one => senderMatches(key, one.sender, false));
  }

  /**
   * Returns the first send of a signal, and of those that extend it.
   *
   * @throws {SignalError} `EXPECTATION_FAILED`, which names the signals that were sent instead; `SIGNAL_UNKNOWN`.
   */
  first<S extends AnySignal, const Filter extends ShapeOf<S>['filter']>(
    signal: SignalClass<S>,
    sender?: Filter,
  ): SentOf<S, Filter> {
    const [first] = this.of(signal, sender);
    if (first) return first;
    throw new SignalError('EXPECTATION_FAILED', {
      what: notSent(this.all, signal, sender),
      at: `sent.first(${nameOf(signal)})`,
      fix: 'send it, or ask for what was sent.',
    });
  }

  /** Forgets what was recorded so far, and goes on. */
  clear(): void {
    this.sent.clear();
  }

  /** Ends the recording; what was recorded stays. */
  end(): void {
    for (const end of this.ends) end();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  private concerns(signal: SignalClass): boolean {
    return this.signals.length === 0 || this.signals.some(one => isOrExtends(signal, one));
  }

  private checkRecorded(signal: SignalClass): void {
    if (this.concerns(signal) || this.signals.some(one => isOrExtends(one, signal))) return;
    throw new SignalError('SIGNAL_UNKNOWN', {
      what: `${nameOf(signal)} is not recorded, only ${this.signals.map(nameOf).join(', ')}.`,
      at: `sent.of(${nameOf(signal)})`,
      fix: `record it: \`recordSignals(app, ${nameOf(signal)}, ...)\`.`,
    });
  }
}
