import { isA, type KnownEntityManager, shownError } from '../../core/index.js';
import {
  type AttemptNotes,
  attemptOf,
  attemptText,
  failuresWith,
  isPermanent,
  JobCall,
  type JobReceiver,
  reportDead,
  sendTask,
} from '../../durable/index.js';
import { queueNamesOf, useOf } from '../queue-names.js';
import type { DurableReceiver } from '../receivers.js';
import { type FetchedJob, LostClaim } from './fetched-job.js';
import type { Workplace } from './workplace.js';

const DEFAULT_BACKOFF_MS = 1000;
const DEFAULT_MAX_BACKOFF_MS = 60 * 60 * 1000;

/** One call of a receiver, with the jobs that it completes or fails. */
export class Attempt {
  private readonly end = new AbortController();
  private readonly calling = Promise.withResolvers<void>();
  /** Resolves when the receiver has been called, and nothing holds the next call up. Never rejects. */
  readonly called = this.calling.promise;
  private readonly call: JobCall;

  constructor(
    private readonly place: Workplace,
    private readonly receiver: DurableReceiver,
    received: JobReceiver,
    readonly jobs: readonly FetchedJob[],
  ) {
    this.call = new JobCall(place, received, jobs);
  }

  /** Never rejects because of the receiver. @returns how long to wait before the next call; undefined when there is none. */
  make(): Promise<number | undefined> {
    return this.call.attempt(noted => this.makeNow(noted)).finally(() => this.calling.resolve());
  }

  private async makeNow(noted: AttemptNotes): Promise<number | undefined> {
    await sendTask(this.call, 'started');
    try {
      await this.carryOut();
    } catch (error) {
      if (this.end.signal.aborted) return undefined;
      noted.error = error;
      if (!isA(error, LostClaim)) return this.fail(error, noted);
      // The writes of the receiver were rolled back, and the job belongs to another worker: nothing has failed.
      noted.outcomes.push('lost');
      this.place.log.warn(`${this.receiver.uid}: ${error.message}`);
      return undefined;
    }
    for (const _ of this.jobs) noted.outcomes.push('succeeded');
    await sendTask(this.call, 'succeeded');
    return undefined;
  }

  /** Rolls back the transaction of the call, and leaves its jobs for other workers to repeat. */
  async abandon(): Promise<void> {
    this.end.abort();
    await this.place.table.giveBack(this.jobs);
  }

  private async carryOut(): Promise<void> {
    const { holdsTransaction } = this.receiver;
    const { completions } = this.place;
    const complete = (em: KnownEntityManager) => completions.completeIn(em, this.jobs);
    await this.call.carryOut(holdsTransaction ? complete : undefined, this.end.signal);
    if (holdsTransaction) return;
    this.calling.resolve();
    await completions.complete(this.jobs);
  }

  private async fail(error: unknown, { outcomes }: AttemptNotes): Promise<number | undefined> {
    let next: number | undefined;
    const { registry, table, settings } = this.place;
    const { uid, options } = this.receiver;
    const isHopeless = isPermanent(this.call, options, error);
    for (const [at, job] of this.jobs.entries()) {
      const call = this.call.single(at);
      const pauseMs = this.pauseAfter(job);
      const shown = await settings.sealing.closeError(shownError(error));
      const outcome = await table.fail(job, shown, failuresWith(job.data, shown), pauseMs, isHopeless);
      outcomes.push(outcome === 'repeated' ? 'failed' : (outcome ?? 'lost'));
      if (outcome === 'dead') {
        await reportDead(call, options, error);
        // Until then another worker would report it in our stead. It was fetched from a queue of ours.
        await table.reported(queueNamesOf(useOf(job.name)!.uid).dead, job.id);
      }
      if (outcome !== 'repeated') continue;
      const nextAt = new Date(Date.now() + pauseMs);
      registry.log.receiverFailed(uid, job.data.signal, error, attemptText(job, options, nextAt));
      next = Math.min(next ?? pauseMs, pauseMs);
      await sendTask(call, 'failed', error);
    }
    return next;
  }

  /** Twice as long after each failure, less up to a half, so that what failed together does not come back together. */
  private pauseAfter(job: FetchedJob): number {
    const { backoffMs = DEFAULT_BACKOFF_MS, maxBackoffMs = DEFAULT_MAX_BACKOFF_MS } = this.receiver.options;
    // A job that was lost with its worker counts as attempted; that is no failure of the receiver.
    const failures = attemptOf(job) - job.lost;
    const longest = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(Math.max(failures, 1) - 1, 20));
    return Math.round(longest * (1 - Math.random() / 2));
  }
}
