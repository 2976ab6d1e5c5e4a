import {
  attemptOf,
  type DeadMessage,
  type DurableCounts,
  type DurableOperations,
  type DurableOptions,
  failuresWith,
  type Job,
  type JobReceiver,
  SignalError,
} from '../../core/index.js';

/** A message for one receiver. */
export interface QueuedJob extends Job {
  readonly id: string;
  readonly receiver: string;
  readonly options: DurableOptions;
  /** The context name of the MikroORM that it was sent in. */
  readonly using: string | undefined;
}

interface DeadJob {
  readonly job: QueuedJob;
  readonly failedAt: Date;
}

/** How many messages a receiver is told of in one call. */
const DEFAULT_BATCH = 100;

/** Who is called for jobs, by uid and the name of the signal. */
export type FindReceiver = (uid: string, signal: string) => JobReceiver | undefined;

/** The jobs of one application, in the order in which they are carried out. */
export class JobQueue implements DurableOperations {
  private waiting: QueuedJob[] = [];
  private active: readonly QueuedJob[] = [];
  private deadJobs: DeadJob[] = [];
  private readonly pausedUids = new Set<string>();

  constructor(
    private readonly receivers: ReadonlyMap<string, unknown>,
    private readonly receiverOf: FindReceiver,
    /** There may be something to do. */
    private readonly wake: () => void,
  ) {}

  add(jobs: readonly QueuedJob[]): void {
    this.waiting.push(...jobs);
    this.wake();
  }

  /** Puts back what is to be repeated; it comes first again. */
  repeat(job: QueuedJob, error: unknown): void {
    this.waiting.unshift({ ...failed(job, error), retryCount: job.retryCount + 1 });
  }

  bury(job: QueuedJob, error: unknown): void {
    this.deadJobs.unshift({ job: failed(job, error), failedAt: new Date() });
  }

  /** The next job; for a receiver that wants many in one call, those of the same signal with it. Ends the one before. */
  next(): readonly QueuedJob[] {
    const first = this.waiting.find(({ receiver, data }) => {
      return !this.pausedUids.has(receiver) && this.receiverOf(receiver, data.signal);
    });
    this.active = first ? this.together(first) : [];
    this.waiting = this.waiting.filter(job => !this.active.includes(job));
    return this.active;
  }

  /** Repetitions are made one by one. */
  private together(first: QueuedJob): readonly QueuedJob[] {
    const { receiver, data, options, retryCount } = first;
    if (retryCount > 0 || !this.receiverOf(receiver, data.signal)?.record.terms.batch) return [first];
    const alike = (job: QueuedJob) =>
      job.receiver === receiver && job.data.signal === data.signal && job.retryCount === 0;
    return this.waiting.filter(alike).slice(0, options.batch ?? DEFAULT_BATCH);
  }

  async counts(): Promise<DurableCounts[]> {
    const dead = this.deadJobs.map(({ job }) => job);
    const known = [...this.waiting, ...this.active, ...dead].map(({ receiver }) => receiver);
    const isOf = (uid: string) => (job: QueuedJob) => job.receiver === uid;
    return [...new Set([...this.receivers.keys(), ...known])].map(uid => ({
      receiver: uid,
      waiting: this.waiting.filter(isOf(uid)).length,
      delayed: 0,
      active: this.active.filter(isOf(uid)).length,
      dead: dead.filter(isOf(uid)).length,
      paused: this.pausedUids.has(uid),
      parked: this.waiting.some(job => isOf(uid)(job) && !this.receiverOf(uid, job.data.signal)),
    }));
  }

  async dead(receiver: string | undefined, limit: number): Promise<DeadMessage[]> {
    return this.deadJobs
      .filter(({ job }) => receiver === undefined || job.receiver === receiver)
      .slice(0, limit)
      .map(deadMessageOf);
  }

  async retry(receiver: string, ids?: readonly string[]): Promise<number> {
    this.check(receiver);
    const retried = this.exhume(job => job.receiver === receiver && (ids?.includes(job.id) ?? true));
    this.add(retried.reverse().map(job => ({ ...job, retryCount: 0 })));
    return retried.length;
  }

  async remove(receiver: string, ids: readonly string[]): Promise<number> {
    this.check(receiver);
    return this.exhume(job => job.receiver === receiver && ids.includes(job.id)).length;
  }

  async purge(receiver: string): Promise<number> {
    this.check(receiver);
    const left = this.waiting.filter(job => job.receiver !== receiver);
    const purged = this.waiting.length - left.length;
    this.waiting = left;
    return purged + this.exhume(job => job.receiver === receiver).length;
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
  private exhume(isMeant: (job: QueuedJob) => boolean): QueuedJob[] {
    const taken = this.deadJobs.filter(({ job }) => isMeant(job));
    this.deadJobs = this.deadJobs.filter(dead => !taken.includes(dead));
    return taken.map(({ job }) => job);
  }

  private check(uid: string): void {
    const known = [...this.receivers.keys()];
    if (known.includes(uid)) return;
    throw new SignalError('JOB_WITHOUT_RECEIVER', {
      what: `No durable receiver has or had the uid '${uid}'.`,
      at: 'DurableSignals',
      fix: `name one of ${known.join(', ') || '(there is none)'}.`,
    });
  }
}

function failed(job: QueuedJob, error: unknown): QueuedJob {
  return { ...job, data: { ...job.data, failures: failuresWith(job.data, error) } };
}

function deadMessageOf({ job, failedAt }: DeadJob): DeadMessage {
  const { id, receiver, data } = job;
  const attempts = data.failures!.map(failure => ({ ...failure, at: new Date(failure.at) }));
  const facts = { id, receiver, signal: data.signal, message: data.id, attemptCount: attemptOf(job) };
  return { ...facts, attempts, failedAt, error: attempts.at(-1)!.error };
}
