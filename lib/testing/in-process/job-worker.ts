import { type ConnectionRecord, PendingSend } from '../../core/index.js';
import {
  type AttemptNotes,
  attemptText,
  DEFAULT_RETRY_LIMIT,
  isPermanent,
  JobCall,
  type TaskPayload,
  sendTask,
  classNamedIn,
} from '../../durable/index.js';
import { type Application } from '../../nest/index.js';
import type { FindReceiver, JobQueue, QueuedJob } from './job-queue.js';

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
    private readonly receiverOf: FindReceiver,
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
    const { registry, modules } = this.application;
    const { receiver, data, using } = jobs[0]!;
    // The queue gives out only what has a receiver.
    const received = this.receiverOf(receiver, data.signal)!;
    const pending = new PendingJob(received.channel, received.record);
    registry.pendingSends.add(pending);
    const root = registry.unitsOfWork?.root(using);
    const call = new JobCall(registry, received, jobs, classNamedIn(registry, modules), root);
    await call.attempt(noted => this.attempt(call, jobs, noted)).finally(() => registry.pendingSends.remove(pending));
  }

  private async attempt(call: JobCall, jobs: readonly QueuedJob[], noted: AttemptNotes): Promise<void> {
    await this.sendTask('started', jobs);
    try {
      await call.carryOut(jobs[0]!.options.transaction === false ? undefined : async () => {});
      for (const _ of jobs) noted.outcomes.push('succeeded');
      await this.sendTask('succeeded', jobs);
    } catch (error) {
      noted.error = error;
      for (const [at, job] of [...jobs.entries()].toReversed())
        noted.outcomes.unshift(await this.fail(job, call.single(at), error, jobs.length === 1));
    }
  }

  private async fail(job: QueuedJob, call: JobCall, error: unknown, isAlone: boolean): Promise<'dead' | 'failed'> {
    const { log } = this.application.registry;
    const { receiver, options, retryCount, data } = job;
    const isHopeless = isAlone && isPermanent(log, receiver, options, job, error);
    const isLast = retryCount >= (options.retryLimit ?? DEFAULT_RETRY_LIMIT) || isHopeless;
    if (isLast) {
      this.queue.bury(job, error);
      await call.report(error, attemptText(job, options));
    } else {
      this.queue.repeat(job, error);
      log.receiverFailed(receiver, data.signal, error, attemptText(job, options, new Date()));
    }
    const outcome = isLast ? 'dead' : 'failed';
    await this.sendTask(outcome, [job], error);
    return outcome;
  }

  private sendTask(status: TaskPayload['status'], jobs: readonly QueuedJob[], error?: unknown): Promise<void> {
    const { registry } = this.application;
    const [{ receiver, using }] = jobs as [QueuedJob];
    return sendTask(registry, receiver, jobs, status, error, registry.unitsOfWork?.root(using));
  }
}
