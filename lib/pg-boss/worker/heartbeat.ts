import type { JobTable } from '../job-table.js';
import type { FetchedJob } from './fetched-job.js';

/** How often a worker shows that it is alive; after ten seconds without, others take its jobs. */
const BEAT_MS = 3000;

/** Shows for all jobs of this process, in one statement, that they are being worked on. Without long jobs there is none. */
export class Heartbeat {
  private readonly since = new Map<FetchedJob, number>();
  private beating: NodeJS.Timeout | undefined;

  constructor(private readonly table: JobTable) {}

  add(jobs: readonly FetchedJob[]): void {
    const now = performance.now();
    for (const job of jobs) this.since.set(job, now);
    this.beating ??= setInterval(() => void this.beat(), BEAT_MS).unref();
  }

  remove(jobs: readonly FetchedJob[]): void {
    for (const job of jobs) this.since.delete(job);
    if (this.since.size === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.beating);
    this.beating = undefined;
  }

  /** Never rejects: where the database does not answer, the next beat tries again. */
  async beat(): Promise<void> {
    const before = performance.now() - BEAT_MS;
    const due = [...this.since].filter(([, since]) => since <= before).map(([job]) => job);
    if (due.length > 0) await this.table.touch(due).catch(() => {});
  }
}
