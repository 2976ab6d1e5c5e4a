import { shownError } from '../../core/index.js';
import {
  attemptOf,
  type DeadMessage,
  type DurableCounts,
  type DurableOperations,
  type DurableOptions,
  failuresWith,
  type MessageFilter,
  type Job,
  type JobReceiver,
  type JobReceivers,
  type StoredMessage,
  tenantKeyOf,
  unknownUid,
} from '../../durable/index.js';

/** A message for one receiver. */
export interface QueuedJob extends Job {
  readonly id: string;
  readonly receiver: string;
  readonly options: DurableOptions;
  /** The context name of the MikroORM that it was sent in. */
  readonly using: string | undefined;
  /** The number among all messages that were sent, from 1. */
  readonly order: number;
  /** When it was stored, in milliseconds. */
  readonly storedAt: number;
  /** Since when it waits, in milliseconds. */
  readonly dueAt: number;
  /** When it died; undefined for what is not dead. */
  readonly failedAt?: Date | undefined;
}

/** How many messages a receiver gets in one call. */
const DEFAULT_BATCH = 100;

/** The jobs of one application, in the order in which they are carried out. */
export class JobQueue implements DurableOperations {
  private waiting: QueuedJob[] = [];
  private active: readonly QueuedJob[] = [];
  private deadJobs: QueuedJob[] = [];
  private readonly pausedUids = new Set<string>();

  constructor(
    private readonly receivers: ReadonlyMap<string, JobReceivers>,
    /** There may be something to do. */
    private readonly wake: () => void,
  ) {}

  /** Returns the receiver of a job; undefined if there is none. */
  receiverOf({ receiver, data }: QueuedJob): JobReceiver | undefined {
    return this.receivers.get(receiver)?.of(data.signal);
  }

  add(jobs: readonly QueuedJob[]): void {
    this.waiting.push(...jobs);
    this.wake();
  }

  /** Puts back what is to be repeated; it comes first again. */
  repeat(job: QueuedJob, error: unknown): void {
    this.waiting.unshift({ ...failed(job, error), retryCount: job.retryCount + 1, dueAt: Date.now() });
  }

  bury(job: QueuedJob, error: unknown): void {
    this.deadJobs.unshift({ ...failed(job, error), failedAt: new Date() });
  }

  /** The next job; for a receiver that wants many in one call, those of the same signal with it. Ends the one before. */
  next(): readonly QueuedJob[] {
    const first = this.waiting.find(job => !this.pausedUids.has(job.receiver) && this.receiverOf(job));
    this.active = first ? this.together(first) : [];
    this.waiting = this.waiting.filter(job => !this.active.includes(job));
    return this.active;
  }

  /** Repetitions are made one by one. */
  private together(first: QueuedJob): readonly QueuedJob[] {
    const { receiver, data, options, retryCount } = first;
    if (retryCount > 0 || !this.receiverOf(first)?.record.terms.batch) return [first];
    const alike = (job: QueuedJob) =>
      job.receiver === receiver &&
      job.data.signal === data.signal &&
      job.retryCount === 0 &&
      tenantKeyOf(job.data) === tenantKeyOf(data);
    return this.waiting.filter(alike).slice(0, options.batch ?? DEFAULT_BATCH);
  }

  async counts(): Promise<DurableCounts[]> {
    const known = [...this.waiting, ...this.active, ...this.deadJobs].map(({ receiver }) => receiver);
    const isOf = (uid: string) => (job: QueuedJob) => job.receiver === uid;
    return [...new Set([...this.receivers.keys(), ...known])].map(uid => ({
      receiver: uid,
      waiting: this.waiting.filter(isOf(uid)).length,
      delayed: 0,
      active: this.active.filter(isOf(uid)).length,
      dead: this.deadJobs.filter(isOf(uid)).length,
      oldestMs: Math.max(0, ...this.waiting.filter(isOf(uid)).map(({ dueAt }) => Date.now() - dueAt)),
      paused: this.pausedUids.has(uid),
      parked: this.waiting.some(job => isOf(uid)(job) && !this.receiverOf(job)),
    }));
  }

  async dead(filter: MessageFilter): Promise<DeadMessage[]> {
    return this.chosen(filter).map(deadMessageOf);
  }

  async storedMessage(id: string): Promise<StoredMessage | undefined> {
    return this.deadJobs.find(job => job.id === id)?.data;
  }

  async retry(filter: MessageFilter): Promise<number> {
    const again = { retryCount: 0, dueAt: Date.now(), failedAt: undefined };
    const retried = this.exhume(filter).map(job => ({ ...job, ...again }));
    this.waiting = [...this.waiting, ...retried].toSorted((a, b) => a.order - b.order);
    this.wake();
    return retried.length;
  }

  async remove(filter: MessageFilter): Promise<number> {
    return this.exhume(filter).length;
  }

  async purge(filter: MessageFilter): Promise<number> {
    const exhumed = this.exhume(filter).length;
    const { limit = Number.POSITIVE_INFINITY } = filter;
    const purged = new Set(this.waiting.filter(job => matches(job, filter)).slice(0, limit - exhumed));
    this.waiting = this.waiting.filter(job => !purged.has(job));
    return purged.size + exhumed;
  }

  async pause(receiver: string): Promise<void> {
    this.check(receiver);
    this.pausedUids.add(receiver);
  }

  async resume(receiver: string): Promise<void> {
    this.check(receiver);
    this.pausedUids.delete(receiver);
    this.wake();
  }

  /** Takes out of the dead; the newest comes first. */
  private exhume(filter: MessageFilter): QueuedJob[] {
    if (filter.receiver !== undefined) this.check(filter.receiver);
    const taken = this.chosen(filter);
    this.deadJobs = this.deadJobs.filter(job => !taken.includes(job));
    return taken;
  }

  private chosen(filter: MessageFilter): QueuedJob[] {
    return this.deadJobs.filter(job => matches(job, filter)).slice(0, filter.limit);
  }

  private check(uid: string): void {
    if (!this.receivers.has(uid)) throw unknownUid(uid, [...this.receivers.keys()]);
  }
}

function matches(job: QueuedJob, { receiver, ids, text, failedBefore }: MessageFilter): boolean {
  if (receiver !== undefined && job.receiver !== receiver) return false;
  if (ids && !ids.some(id => [job.id, job.data.id].includes(id.toLowerCase()))) return false;
  if (failedBefore && !(job.failedAt && job.failedAt < failedBefore)) return false;
  if (text === undefined) return true;
  const errors = (job.data.failures ?? []).map(({ error }) => `${error.name} ${error.code} ${error.message}`);
  const holds = (place: string, part: string) => place.toLowerCase().includes(part.toLowerCase());
  const payload = (job.data.payload as { v: string }).v;
  return holds(payload, JSON.stringify(text).slice(1, -1)) || errors.some(error => holds(error, text));
}

function failed(job: QueuedJob, error: unknown): QueuedJob {
  return { ...job, data: { ...job.data, failures: failuresWith(job.data, shownError(error)) } };
}

function deadMessageOf(job: QueuedJob): DeadMessage {
  const { id, receiver, data } = job;
  const attempts = (data.failures ?? []).map(failure => ({ ...failure, at: new Date(failure.at) }));
  const facts = { id, receiver, signal: data.signal, message: data.id, attemptCount: attemptOf(job) };
  // It is dead.
  const failedAt = job.failedAt!;
  return { ...facts, attempts, storedAt: new Date(job.storedAt), failedAt, error: attempts.at(-1)!.error };
}
