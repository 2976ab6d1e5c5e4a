import type { AmbientContext } from './ambient-context.js';
import type { Channel } from '../connection/channel.js';
import { SignalError } from '../message/errors.js';

/**
 * How deep the sends of one application are nested.
 *
 * Synchronous nesting is a stack and is counted as one. What a receiver sends after an `await` has left the
 * stack; it is counted along its asynchronous context, which is entered only for signals that are being sent
 * already: a first send of a signal cannot be the second lap of a cycle, and entering a context costs more
 * than calling three receivers.
 */
export class Nesting {
  /** How many sends are on the stack. */
  level = 0;
  /** How many sends are under way, on the stack or awaited. */
  running = 0;
  /** The sends on the stack: the outermost one, which is nearly always the only one, and those within. */
  private outermost: Channel | undefined;
  private readonly inner: Channel[] = [];
  private starts = 0;

  constructor(readonly maxDepth: number) {}

  /** @throws {SignalError} `RECURSION_LIMIT` */
  enter(channel: Channel, level = this.level): number {
    if (level === 0) this.outermost = channel;
    else this.enterInner(channel, level);
    this.level = level + 1;
    return level;
  }

  private enterInner(channel: Channel, level: number): void {
    if (level >= this.maxDepth) throw this.tooDeep([...this.stack(level), channel]);
    this.inner[level - 1] = channel;
  }

  private stack(level: number): Channel[] {
    // Set by the first of the sends that are counted.
    return [this.outermost!, ...this.inner.slice(0, level - 1)];
  }

  start(channel: Channel): void {
    this.running++;
    if (channel.running++ === 0) channel.since = ++this.starts;
  }

  end(channel: Channel): void {
    this.running--;
    channel.running--;
  }

  /** The sends that led to this one, itself included. */
  pathTo(channel: Channel, ambient: AmbientContext | undefined, channels: Iterable<Channel>): readonly Channel[] {
    const outer = this.level > 0 ? this.stack(this.level) : (ambient?.path ?? this.likelyPath(channels));
    return this.extend(outer, channel);
  }

  /** A path with one more send at its end. */
  extend(path: readonly Channel[], channel: Channel): readonly Channel[] {
    const longer = [...path, channel];
    if (longer.length > this.maxDepth) throw this.tooDeep(longer);
    return longer;
  }

  /**
   * The first lap of a cycle has left no trace. When every signal that is being sent is being sent once, they
   * may be one chain, and are taken for one; with more sends about, only the last is.
   */
  private likelyPath(channels: Iterable<Channel>): readonly Channel[] {
    const under = [...channels].filter(({ running }) => running > 0).sort((a, b) => a.since - b.since);
    const isChain = under.length === this.running && this.running * 2 <= this.maxDepth;
    return isChain ? under : under.slice(-1);
  }

  private tooDeep(path: readonly Channel[]): SignalError {
    const names = path.map(({ name }) => name);
    return new SignalError('RECURSION_LIMIT', {
      what: `Sends are nested more than ${this.maxDepth} deep: ${shorten(names).join(' > ')}.`,
      at: `a send of ${names.at(-1)} from a receiver of ${names.at(-2) ?? names.at(-1)}`,
      fix: 'let one of these receivers not send, or raise `SignalsModule.forRoot({ maxDepth })`.',
    });
  }
}

/** The beginning and the end of a chain, with the cycle in both. */
function shorten(names: readonly string[]): readonly string[] {
  return names.length <= 16 ? names : [...names.slice(0, 8), '...', ...names.slice(-7)];
}
