import { attemptOf, type StoredMessage, tenantKeyOf } from '../../durable/index.js';
import type { DurableReceiver } from '../receivers.js';
import { type FetchedJob, fetchedJob } from './fetched-job.js';
import type { Pace } from './pace.js';
import type { ReadyCalls } from './ready-calls.js';
import type { Workplace } from './workplace.js';

/** The places in which calls of one receiver run. */
export interface Places {
  readonly receiver: DurableReceiver;
  readonly isOpen: boolean;
  /** Places in which no call runs. */
  readonly free: number;
  /** Lets a free place call what is ready; `isReserved` where a connection is reserved for it. */
  occupy(isReserved: boolean): void;
  /** Gives back the calls that have been ready for so many milliseconds. */
  giveBackReady(waitedMs: number): void;
}

/** Fetches the messages of one receiver: one call for each free place, and some ahead of their time where calls are short. */
export class Fetching {
  /** Queues that may have something to fetch. */
  private readonly due = new Set<string>();
  private isUnderWay = false;

  constructor(
    private readonly place: Workplace,
    private readonly places: Places,
    private readonly pace: Pace,
    private readonly ready: ReadyCalls,
  ) {}

  add(queue: string): void {
    this.due.add(queue);
  }

  stop(): void {
    this.due.clear();
  }

  /** Resolves when nothing more is due, or there is no place for it; undefined where that is so already. */
  fetch(): Promise<void> | undefined {
    if (this.isUnderWay || this.due.size === 0) return undefined;
    this.isUnderWay = true;
    return this.fetchWhileDue();
  }

  private async fetchWhileDue(): Promise<void> {
    try {
      while (this.places.isOpen && this.due.size > 0 && this.hasRoom) await this.fillPlaces();
    } finally {
      this.isUnderWay = false;
    }
  }

  /** Without a free place and without anything to fetch ahead there is nothing to do until a call ends. */
  private get hasRoom(): boolean {
    return this.room > 0 && (this.places.free > 0 || !this.leavesSlots);
  }

  private get room(): number {
    const { receiver, free } = this.places;
    return this.pace.room(free, this.ready.length, receiver.takesBatches ? 0 : receiver.batch);
  }

  /** Another receiver waits for a connection: nothing is fetched ahead. */
  private get leavesSlots(): boolean {
    return this.places.receiver.holdsTransaction && this.place.slots.isContended;
  }

  private async fillPlaces(): Promise<void> {
    const { receiver } = this.places;
    let held = await this.reserve();
    try {
      const [queue] = this.due;
      const ahead = this.leavesSlots ? 0 : Math.max(0, this.room - this.places.free);
      const limit = receiver.takesBatches ? receiver.batch : held + ahead;
      if (!this.places.isOpen || queue === undefined || limit === 0) return;
      await this.fetchFrom(queue, limit);
      // Places may have become free meanwhile, which found nothing ready.
      for (let left = this.ready.length; left > 0 && this.places.free > 0; left -= 1) {
        this.places.occupy(held > 0);
        held = Math.max(0, held - 1);
      }
    } finally {
      if (receiver.holdsTransaction) this.place.slots.giveBack(held);
    }
  }

  /** Resolves with how many calls may begin at once: as many as there are free places, and connections for them. */
  private async reserve(): Promise<number> {
    const { slots } = this.place;
    const { receiver, free } = this.places;
    if (!receiver.holdsTransaction || free === 0) return free;
    await slots.take();
    return 1 + slots.takeFree(this.places.free - 1);
  }

  private async fetchFrom(queue: string, limit: number): Promise<void> {
    const { boss, table, heartbeat } = this.place;
    this.due.delete(queue);
    const found = await boss.fetch<StoredMessage>(queue, { batchSize: limit, db: table.db });
    if (found.length === limit) this.due.add(queue);
    const jobs = found.map(fetchedJob);
    heartbeat.add(jobs);
    this.ready.add(this.callsOf(jobs));
    if (!this.places.isOpen) this.places.giveBackReady(0);
  }

  /** Repetitions are made one by one, so that one poisonous message does not take the others with it. */
  private callsOf(jobs: readonly FetchedJob[]): (readonly FetchedJob[])[] {
    const { receiver } = this.places;
    const together = Map.groupBy(jobs, job => {
      const isBatch = receiver.of(job.data.signal)?.record.terms.batch && attemptOf(job) === 1;
      return isBatch ? `${job.data.signal}/${job.data.version}/${tenantKeyOf(job.data)}` : job.id;
    });
    return [...together.values()];
  }
}
