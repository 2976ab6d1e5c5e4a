import { type ConnectionRecord, PendingSend } from '../../core/index.js';
import {
  type AttemptNotes,
  attemptText,
  classNamedIn,
  DEFAULT_RETRY_LIMIT,
  isPermanent,
  JobCall,
  reportDead,
  sendTask,
} from '../../durable/index.js';
import { type Application } from '../../nest/index.js';
import type { JobQueue, QueuedJob } from './job-queue.js';

/** A call of a receiver, from before it begins until after its transaction has ended. */
class PendingJob extends PendingSend {
  constructor(
    readonly channel: { readonly name: string },
    readonly current: ConnectionRecord,
  ) {
    super();
  }
}

/** Carries jobs out, one call after another. */
export class JobWorker {
  private isWorking = false;
  private isStopped = false;

  constructor(
    private readonly application: Application,
    private readonly queue: JobQueue,
  ) {}

  wake(): void {
    if (!this.isWorking) void this.work();
  }

  /** After the call that is under way. */
  stop(): void {
    this.isStopped = true;
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    for (let jobs = this.take(); jobs.length > 0; jobs = this.take()) await this.carryOut(jobs);
    this.isWorking = false;
  }

  private take(): readonly QueuedJob[] {
    return this.isStopped ? [] : this.queue.next();
  }

  /** Never rejects. */
  private async carryOut(jobs: readonly QueuedJob[]): Promise<void> {
    const { registry } = this.application;
    const [first] = jobs as [QueuedJob];
    // The queue gives out only what has a receiver.
    const received = this.queue.receiverOf(first)!;
    const pending = new PendingJob(received.channel, received.record);
    registry.pendingSends.add(pending);
    const root = registry.unitsOfWork?.root(first.using);
    const call = new JobCall({ registry, classNamed: classNamedIn(this.application), root }, received, jobs);
    await call.attempt(noted => this.attempt(call, jobs, noted)).finally(() => registry.pendingSends.remove(pending));
  }

  private async attempt(call: JobCall, jobs: readonly QueuedJob[], noted: AttemptNotes): Promise<void> {
    await sendTask(call, 'started');
    try {
      await call.carryOut(jobs[0]!.options.transaction === false ? undefined : async () => {});
      for (const _ of jobs) noted.outcomes.push('succeeded');
      await sendTask(call, 'succeeded');
    } catch (error) {
      noted.error = error;
      const isHopeless = isPermanent(call, jobs[0]!.options, error);
      for (const [at, job] of [...jobs.entries()].toReversed())
        noted.outcomes.unshift(await this.fail(job, call.single(at), error, isHopeless));
    }
  }

  private async fail(job: QueuedJob, call: JobCall, error: unknown, isHopeless: boolean): Promise<'dead' | 'failed'> {
    const { receiver, options, retryCount, data } = job;
    if (isHopeless || retryCount >= (options.retryLimit ?? DEFAULT_RETRY_LIMIT)) {
      this.queue.bury(job, error);
      await reportDead(call, options, error);
      return 'dead';
    }
    this.queue.repeat(job, error);
    call.registry.log.receiverFailed(receiver, data.signal, error, attemptText(job, options, new Date()));
    await sendTask(call, 'failed', error);
    return 'failed';
  }
}
