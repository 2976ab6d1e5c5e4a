import { Inject, Injectable } from '@nestjs/common';
import { SignalError, SignalRegistry } from '../core/index.js';
import { DURABLE, durableJobs } from './durable.js';
import type { DeadMessage, DurableCounts, DurableOperations } from './durable-jobs.js';
import { checkFilter, type MessageFilter, refuseEverything } from './message-filter.js';

/** The limits of a health check. */
export interface DurableLimits {
  /** How many messages may be dead, those of all receivers together. */
  readonly maxDead?: number;
  /** How long a message may be due, in milliseconds; those of receivers that are parked or paused left out. */
  readonly maxOldestMs?: number;
}

/** The state of durable deliveries, as a health check shows it. */
export interface DurableHealth {
  /** `down` when the jobs cannot be asked about, or beyond the limits that were given. */
  readonly status: 'up' | 'down';
  /** The number of messages that are ready to be delivered. */
  readonly waiting: number;
  /** The number of messages that have failed for the last time. */
  readonly dead: number;
  /** The time for which the oldest due message has been due, in milliseconds. */
  readonly oldestMs: number;
  /** Uids that have messages and no receiver in this application: `JOB_WITHOUT_RECEIVER`. */
  readonly parked: readonly string[];
  /** The uids of the receivers that are paused. */
  readonly paused: readonly string[];
  /** The reason why the status is `down`. */
  readonly message?: string;
}

/** Looks after the messages of durable receivers, on all machines. Receivers are named by their uids. */
@Injectable()
export class DurableSignals {
  constructor(@Inject(SignalRegistry) private readonly registry: SignalRegistry) {}

  /** Returns the numbers of messages, receiver by receiver. */
  async counts(): Promise<DurableCounts[]> {
    return this.operations.counts();
  }

  /**
   * Returns the dead messages that match, with their errors, the newest first.
   *
   * @throws {SignalError} `UNKNOWN_OPTION`
   */
  async dead(filter: MessageFilter = {}): Promise<DeadMessage[]> {
    checkFilter(filter, 'dead');
    return this.operations.dead({ ...filter, limit: filter.limit ?? 100 });
  }

  /**
   * Delivers dead messages once more, with all their repetitions. Those with one key are called in the order in which
   * they were sent, before what was sent later.
   *
   * @param which - a filter, or the uid of a receiver.
   * @param ids - of `dead()`. Default: all of the receiver.
   * @returns how many.
   * @throws {SignalError} `UNKNOWN_OPTION`, `JOB_WITHOUT_RECEIVER`
   */
  async retry(which: string | MessageFilter, ids?: readonly string[]): Promise<number> {
    return this.operations.retry(filterOf('retry', which, ids));
  }

  /**
   * Forgets dead messages. Returns how many.
   *
   * @throws {SignalError} `UNKNOWN_OPTION`, `JOB_WITHOUT_RECEIVER`
   */
  async remove(receiver: string, ids: readonly string[]): Promise<number>;
  async remove(filter: MessageFilter): Promise<number>;
  async remove(which: string | MessageFilter, ids?: readonly string[]): Promise<number> {
    const filter = filterOf('remove', which, typeof which === 'string' ? (ids ?? []) : ids);
    refuseEverything(filter, 'remove');
    return this.operations.remove(filter);
  }

  /**
   * Forgets what is dead, and what waits; what is being delivered is not. Returns how many. With `failedBefore` only
   * what is dead.
   *
   * @param which - a filter, or the uid of a receiver.
   * @throws {SignalError} `UNKNOWN_OPTION`, `JOB_WITHOUT_RECEIVER`
   */
  async purge(which: string | MessageFilter): Promise<number> {
    const filter = filterOf('purge', which);
    refuseEverything(filter, 'purge');
    return this.operations.purge(filter);
  }

  /** Stops delivering to a receiver: here at once, on other machines within seconds, and until `resume`. */
  async pause(receiver: string): Promise<void> {
    return this.operations.pause(receiver);
  }

  /** Delivers to a paused receiver again. */
  async resume(receiver: string): Promise<void> {
    return this.operations.resume(receiver);
  }

  /**
   * For `@nestjs/terminus`: `health.check([() => durable.health({ maxOldestMs: 60_000 })])`. Never rejects.
   *
   * @param limits - `down` beyond them. Default: none.
   */
  async health(limits?: DurableLimits): Promise<Record<'durable', DurableHealth>>;
  async health<Key extends string>(key: Key, limits?: DurableLimits): Promise<Record<Key, DurableHealth>>;
  async health(key: string | DurableLimits = {}, limits: DurableLimits = {}): Promise<Record<string, DurableHealth>> {
    return typeof key === 'string' ? { [key]: await this.look(limits) } : { durable: await this.look(key) };
  }

  private async look(limits: DurableLimits): Promise<DurableHealth> {
    try {
      return healthOf(await this.counts(), limits);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: 'down', waiting: 0, dead: 0, oldestMs: 0, parked: [], paused: [], message };
    }
  }

  private get operations(): DurableOperations {
    const jobs = this.registry.backends.has(DURABLE.backend) ? durableJobs(this.registry) : undefined;
    if (jobs) return jobs.operations;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: 'This application has no durable deliveries to look after.',
      at: 'DurableSignals',
      fix: DURABLE.fix,
    });
  }
}

function healthOf(counts: readonly DurableCounts[], limits: DurableLimits): DurableHealth {
  const { maxDead = Infinity, maxOldestMs = Infinity } = limits;
  const sum = (of: (count: DurableCounts) => number) => counts.reduce((total, count) => total + of(count), 0);
  const uids = (is: (count: DurableCounts) => boolean) => counts.filter(is).map(({ receiver }) => receiver);
  const dead = sum(count => count.dead);
  const oldestMs = Math.max(0, ...counts.filter(count => !count.parked && !count.paused).map(count => count.oldestMs));
  const beyond: string[] = [];
  if (dead > maxDead) beyond.push(`dead messages: ${dead} (at most ${maxDead})`);
  if (oldestMs > maxOldestMs) beyond.push(`oldest message that is due: ${oldestMs} ms (at most ${maxOldestMs})`);
  return {
    status: beyond.length > 0 ? 'down' : 'up',
    waiting: sum(({ waiting }) => waiting),
    dead,
    oldestMs,
    parked: uids(({ parked }) => parked),
    paused: uids(({ paused }) => paused),
    ...(beyond.length > 0 && { message: beyond.join('; ') }),
  };
}

function filterOf(operation: string, which: string | MessageFilter, ids?: readonly string[]): MessageFilter {
  const filter = typeof which === 'string' ? { receiver: which, ...(ids && { ids }) } : which;
  checkFilter(filter, operation);
  return filter;
}
