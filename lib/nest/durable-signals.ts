import { Inject, Injectable } from '@nestjs/common';
import {
  type DeadMessage,
  DURABLE,
  type DurableCounts,
  durableJobs,
  type DurableOperations,
  SignalError,
  SignalRegistry,
} from '../core/index.js';

/** What a health check shows of durable deliveries. */
export interface DurableHealth {
  /** `down` when the jobs cannot be asked about. What is dead, parked or paused is for somebody to look at, not a reason to restart. */
  readonly status: 'up' | 'down';
  readonly waiting: number;
  readonly dead: number;
  /** Uids that have messages and no receiver in this application: `JOB_WITHOUT_RECEIVER`. */
  readonly parked: readonly string[];
  readonly paused: readonly string[];
  readonly message?: string;
}

/** Looks after the messages of durable receivers, on all machines. Receivers are named by their uids. */
@Injectable()
export class DurableSignals {
  constructor(@Inject(SignalRegistry) private readonly registry: SignalRegistry) {}

  /** How many messages are where, receiver by receiver. */
  counts(): Promise<DurableCounts[]> {
    return this.operations.counts();
  }

  /** The dead messages of a receiver, or of all, with their errors; the newest first. */
  dead({ receiver, limit = 100 }: { receiver?: string; limit?: number } = {}): Promise<DeadMessage[]> {
    return this.operations.dead(receiver, limit);
  }

  /**
   * Delivers dead messages once more, with all their repetitions.
   *
   * @param ids - of `dead()`. Default: all of the receiver.
   * @returns how many.
   */
  retry(receiver: string, ids?: readonly string[]): Promise<number> {
    return this.operations.retry(receiver, ids);
  }

  /** Forgets dead messages. Returns how many. */
  remove(receiver: string, ids: readonly string[]): Promise<number> {
    return this.operations.remove(receiver, ids);
  }

  /** Forgets everything that waits for a receiver, and what is dead; what is being delivered is not. Returns how many. */
  purge(receiver: string): Promise<number> {
    return this.operations.purge(receiver);
  }

  /** Stops delivering to a receiver: here at once, on other machines within seconds, and until `resume`. */
  pause(receiver: string): Promise<void> {
    return this.operations.pause(receiver);
  }

  resume(receiver: string): Promise<void> {
    return this.operations.resume(receiver);
  }

  /** For `@nestjs/terminus`: `health.check([() => durable.health()])`. Never rejects. */
  async health<Key extends string = 'durable'>(key = 'durable' as Key): Promise<Record<Key, DurableHealth>> {
    return { [key]: await this.look() } as Record<Key, DurableHealth>;
  }

  private async look(): Promise<DurableHealth> {
    try {
      const counts = await this.counts();
      const sum = (of: (count: DurableCounts) => number) => counts.reduce((total, count) => total + of(count), 0);
      const uids = (is: (count: DurableCounts) => boolean) => counts.filter(is).map(({ receiver }) => receiver);
      return {
        status: 'up',
        waiting: sum(({ waiting }) => waiting),
        dead: sum(({ dead }) => dead),
        parked: uids(({ parked }) => parked),
        paused: uids(({ paused }) => paused),
      };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: 'down', waiting: 0, dead: 0, parked: [], paused: [], message };
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
