import {
  attemptOf,
  JobCall,
  LONGEST_TIMER_MS,
  SignalError,
  type StoredMessage,
  tenantKeyOf,
  versionOf,
  within,
} from '../../core/index.js';
import type { DurableReceiver } from '../receivers.js';
import { Attempt } from './attempt.js';
import { type FetchedJob, fetchedJob } from './fetched-job.js';
import { Pace } from './pace.js';
import { ReadyCalls } from './ready-calls.js';
import { newerVersion, noReceiver } from './undeliverable.js';
import type { Workplace } from './workplace.js';

/** How long a message waits that this version of the application cannot deliver. */
const PARKED_MS = 5000;

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_BATCH = 10;
const DEFAULT_BATCH_OF_ONE_CALL = 100;

/**
 * Serves one receiver on all its queues. It has as many places as the `concurrency` of the receiver, and fetches what
 * is due when there is a place for it; of short calls some are fetched ahead.
 */
export class ReceiverWorker {
  /** Queues that may have something to fetch. */
  private readonly due = new Set<string>();
  private readonly running = new Set<Attempt>();
  private readonly wakings = new Set<NodeJS.Timeout>();
  private readonly warned = new Set<string>();
  /** All that must end before this worker has ended. */
  private readonly pending = new Set<Promise<void>>();
  private readonly concurrency: number;
  private readonly pace: Pace;
  private readonly ready: ReadyCalls;
  private busy = 0;
  private isFetching = false;
  private isOpen = false;

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
  }

  get isWorking(): boolean {
    return this.isOpen;
  }

  start(): void {
    this.isOpen = true;
  }

  /** One of its queues may have something to fetch. */
  wake(queue: string): void {
    if (!this.isOpen) return;
    this.due.add(queue);
    this.fetchAll();
  }

  /** Takes nothing more, and waits for what runs; what has not begun is given back. */
  async stop(waitMs: number): Promise<void> {
    this.isOpen = false;
    this.due.clear();
    for (const timer of this.wakings) clearTimeout(timer);
    this.wakings.clear();
    this.giveBackReady(0);
    await within(waitMs, this.over());
  }

  /** What still runs is for others to repeat; it cannot complete any more. */
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

  /** An error of what is behind this is logged: the database may be away, and then others find what is lost. */
  private follow(work: Promise<void>): Promise<void> {
    const followed: Promise<void> = work
      .catch((error: Error) => this.place.log.error(`Durable receiver ${this.receiver.uid}: ${error.message}`))
      .finally(() => this.pending.delete(followed));
    this.pending.add(followed);
    return followed;
  }

  private get holdsTransaction(): boolean {
    return this.receiver.options.transaction !== false;
  }

  private get batch(): number {
    const { batch = this.receiver.takesBatches ? DEFAULT_BATCH_OF_ONE_CALL : DEFAULT_BATCH } = this.receiver.options;
    return batch;
  }

  private get free(): number {
    return this.concurrency - this.busy;
  }

  private get room(): number {
    return this.pace.room(this.free, this.ready.length, this.receiver.takesBatches ? 0 : this.batch);
  }

  /** Another receiver waits for a connection: nothing is fetched ahead. */
  private get leavesSlots(): boolean {
    return this.holdsTransaction && this.place.slots.isWanted;
  }

  /** Without a free place and without anything to fetch ahead there is nothing to do until a call ends. */
  private get mayFetch(): boolean {
    return this.room > 0 && (this.free > 0 || !this.leavesSlots);
  }

  private fetchAll(): void {
    if (this.isFetching || this.due.size === 0) return;
    this.isFetching = true;
    void this.follow(this.fetchWhileDue());
  }

  private async fetchWhileDue(): Promise<void> {
    try {
      while (this.isOpen && this.due.size > 0 && this.mayFetch) await this.fillPlaces();
    } finally {
      this.isFetching = false;
    }
  }

  private async fillPlaces(): Promise<void> {
    let held = await this.reserve();
    try {
      const [queue] = this.due;
      const ahead = this.leavesSlots ? 0 : Math.max(0, this.room - this.free);
      const limit = this.receiver.takesBatches ? this.batch : held + ahead;
      if (!this.isOpen || queue === undefined || limit === 0) return;
      await this.fetch(queue, limit);
      // Places may have become free meanwhile, which found nothing ready.
      for (let left = this.ready.length; left > 0 && this.free > 0; left -= 1) {
        void this.follow(this.occupy(held > 0));
        held = Math.max(0, held - 1);
      }
    } finally {
      if (this.holdsTransaction) this.place.slots.giveBack(held);
    }
  }

  /** Resolves with how many calls may begin at once: as many as there are free places, and connections for them. */
  private async reserve(): Promise<number> {
    const { slots } = this.place;
    if (!this.holdsTransaction || this.free === 0) return this.free;
    await slots.take();
    return 1 + slots.takeFree(this.free - 1);
  }

  private async fetch(queue: string, limit: number): Promise<void> {
    const { boss, table, heartbeat } = this.place;
    this.due.delete(queue);
    const found = await boss.fetch<StoredMessage>(queue, { batchSize: limit, db: table.db });
    if (found.length === limit) this.due.add(queue);
    const jobs = found.map(fetchedJob);
    heartbeat.add(jobs);
    this.ready.add(this.callsOf(jobs));
    if (!this.isOpen) this.giveBackReady(0);
  }

  /** Repetitions are made one by one, so that one poisonous message does not take the others with it. */
  private callsOf(jobs: readonly FetchedJob[]): (readonly FetchedJob[])[] {
    const together = Map.groupBy(jobs, job => {
      const isBatch = this.receiver.of(job.data.signal)?.record.terms.batch && attemptOf(job) === 1;
      return isBatch ? `${job.data.signal}/${job.data.version}/${tenantKeyOf(job.data)}` : job.id;
    });
    return [...together.values()];
  }

  /** Calls what is ready, one after another, until nothing is. */
  private async occupy(isReserved: boolean): Promise<void> {
    const { slots } = this.place;
    let hasSlot = this.holdsTransaction && isReserved;
    this.busy += 1;
    try {
      while (this.ready.length > 0) {
        if (this.holdsTransaction && !hasSlot) await slots.take();
        hasSlot = this.holdsTransaction;
        const jobs = this.ready.next();
        if (!jobs) break;
        await this.carryOut(jobs);
        this.fetchAll();
        if (!hasSlot || !slots.isWanted) continue;
        slots.giveBack();
        hasSlot = false;
      }
    } finally {
      this.busy -= 1;
      if (hasSlot) slots.giveBack();
      this.fetchAll();
    }
  }

  /** Resolves when the next call may be made in this place. */
  private async carryOut(jobs: readonly FetchedJob[]): Promise<void> {
    const { registry, classNamed, root, sealing } = this.place;
    const { signal, version = 1, application } = jobs[0]!.data;
    const received = this.receiver.of(signal);
    if (!received || version > versionOf(received.channel.signal)) {
      const isOwn = application !== undefined && application === this.place.application;
      const { uid } = this.receiver;
      this.warnOf(received ? newerVersion(uid, signal, version) : noReceiver(uid, signal, isOwn));
      return this.giveBack(jobs, PARKED_MS);
    }
    const call = new JobCall(registry, received, jobs, classNamed, root, sealing.open);
    const attempt = new Attempt(this.place, this.receiver, call, jobs);
    const begun = performance.now();
    void this.follow(this.make(attempt));
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
  private giveBackReady(waitedMs: number): void {
    const jobs = this.ready.takeOlderThan(waitedMs).flat();
    if (jobs.length > 0) void this.follow(this.giveBack(jobs));
  }

  private async giveBack(jobs: readonly FetchedJob[], pauseMs?: number): Promise<void> {
    this.place.heartbeat.remove(jobs);
    await this.place.settling.giveBack(jobs, pauseMs);
  }

  private warnOf(error: SignalError): void {
    if (this.warned.has(error.message)) return;
    this.warned.add(error.message);
    this.place.log.warn(error.message);
  }
}
