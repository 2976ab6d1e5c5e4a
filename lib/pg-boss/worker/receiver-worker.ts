import { LONGEST_TIMER_MS, SignalError, within } from '../../core/index.js';
import { versionOf } from '../../durable/index.js';
import type { DurableReceiver } from '../receivers.js';
import { Attempt } from './attempt.js';
import type { FetchedJob } from './fetched-job.js';
import { Fetching, type Places } from './fetching.js';
import { Pace } from './pace.js';
import { ReadyCalls } from './ready-calls.js';
import { newerVersion, noReceiver } from './undeliverable.js';
import type { Workplace } from './workplace.js';

/** How long a message waits that this version of the application cannot deliver. */
const PARKED_MS = 5000;

const DEFAULT_CONCURRENCY = 4;

/**
 * Serves one receiver on all its queues. It has as many places as the `concurrency` of the receiver, and fetches what
 * is due when there is a place for it; of short calls some are fetched ahead.
 */
export class ReceiverWorker implements Places {
  private readonly running = new Set<Attempt>();
  private readonly wakings = new Set<NodeJS.Timeout>();
  private readonly warned = new Set<string>();
  /** All that must end before this worker has ended. */
  private readonly pending = new Set<Promise<void>>();
  private readonly concurrency: number;
  private readonly pace: Pace;
  private readonly ready: ReadyCalls;
  private readonly fetching: Fetching;
  private busy = 0;
  isOpen = false;

  constructor(
    private readonly place: Workplace,
    readonly receiver: DurableReceiver,
  ) {
    this.concurrency = place.isEmbedded ? 1 : (receiver.options.concurrency ?? DEFAULT_CONCURRENCY);
    this.pace = new Pace(this.concurrency);
    this.ready = new ReadyCalls(waitedMs => {
      this.pace.stalled(waitedMs);
      this.giveBackReady(waitedMs);
    });
    this.fetching = new Fetching(place, this, this.pace, this.ready);
  }

  start(): void {
    this.isOpen = true;
  }

  /** One of its queues may have something to fetch. */
  wake(queue: string): void {
    if (!this.isOpen) return;
    this.fetching.add(queue);
    this.fetch();
  }

  /** Takes no more messages, and waits for calls that run; calls that have not begun are given back. */
  async stop(waitMs: number): Promise<void> {
    this.isOpen = false;
    this.fetching.stop();
    for (const timer of this.wakings) clearTimeout(timer);
    this.wakings.clear();
    this.giveBackReady(0);
    await within(waitMs, this.over());
  }

  /** Leaves the calls that still run for other workers to repeat; they cannot complete any more. */
  abandon(): { readonly names: readonly string[]; readonly over: Promise<unknown> } {
    const left = [...this.running];
    return {
      names: left.map(({ jobs }) => `${this.receiver.uid} (${jobs[0]!.data.signal})`),
      over: Promise.all(left.map(attempt => attempt.abandon())),
    };
  }

  private async over(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** Logs an error of this work: the database may be away, and then other workers find the jobs that are lost. */
  private follow(work: Promise<void>): void {
    const followed: Promise<void> = work
      .catch((error: Error) => this.place.log.error(`Durable receiver ${this.receiver.uid}: ${error.message}`))
      .finally(() => this.pending.delete(followed));
    this.pending.add(followed);
  }

  /** Places in which no call runs. */
  get free(): number {
    return this.concurrency - this.busy;
  }

  private fetch(): void {
    const fetching = this.fetching.fetch();
    if (fetching) this.follow(fetching);
  }

  /** Calls what is ready in a free place, one after another, until nothing is. */
  occupy(isReserved: boolean): void {
    this.follow(this.callReady(isReserved));
  }

  private async callReady(isReserved: boolean): Promise<void> {
    const { slots } = this.place;
    let hasSlot = this.receiver.holdsTransaction && isReserved;
    this.busy += 1;
    try {
      while (this.ready.length > 0) {
        if (this.receiver.holdsTransaction && !hasSlot) await slots.take();
        hasSlot = this.receiver.holdsTransaction;
        const jobs = this.ready.next();
        if (!jobs) break;
        await this.carryOut(jobs);
        this.fetch();
        if (!hasSlot || !slots.isContended) continue;
        slots.giveBack();
        hasSlot = false;
      }
    } finally {
      this.busy -= 1;
      if (hasSlot) slots.giveBack();
      this.fetch();
    }
  }

  /** Resolves when the next call may be made in this place. */
  private async carryOut(jobs: readonly FetchedJob[]): Promise<void> {
    const { signal, version = 1, application } = jobs[0]!.data;
    const received = this.receiver.of(signal);
    if (!received || version > versionOf(received.channel.signal)) {
      const isOwn = application !== undefined && application === this.place.settings.application;
      const { uid } = this.receiver;
      this.warnOf(received ? newerVersion(uid, signal, version) : noReceiver(uid, signal, isOwn));
      return this.giveBack(jobs, PARKED_MS);
    }
    const attempt = new Attempt(this.place, this.receiver, received, jobs);
    const begun = performance.now();
    this.follow(this.make(attempt));
    await attempt.called;
    this.pace.took(performance.now() - begun);
  }

  private async make(attempt: Attempt): Promise<void> {
    const { jobs } = attempt;
    const { name } = jobs[0]!;
    this.running.add(attempt);
    try {
      const pauseMs = await attempt.make();
      if (pauseMs !== undefined) this.wakeIn(pauseMs + 1, name);
    } finally {
      this.running.delete(attempt);
      this.place.heartbeat.remove(jobs);
      // Of the messages with one key one is fetched at a time: there may be a next.
      if (this.receiver.options.key) this.wake(name);
    }
  }

  private wakeIn(ms: number, queue: string): void {
    if (!this.isOpen) return;
    const waitMs = Math.min(ms, LONGEST_TIMER_MS);
    const timer = setTimeout(() => {
      this.wakings.delete(timer);
      this.wake(queue);
    }, waitMs).unref();
    this.wakings.add(timer);
  }

  /** Gives back the calls that have been ready for so long. */
  giveBackReady(waitedMs: number): void {
    const jobs = this.ready.takeOlderThan(waitedMs).flat();
    if (jobs.length > 0) this.follow(this.giveBack(jobs));
  }

  private async giveBack(jobs: readonly FetchedJob[], pauseMs?: number): Promise<void> {
    this.place.heartbeat.remove(jobs);
    await this.place.table.giveBack(jobs, pauseMs);
  }

  private warnOf(error: SignalError): void {
    if (this.warned.has(error.message)) return;
    this.warned.add(error.message);
    this.place.log.warn(error.message);
  }
}
