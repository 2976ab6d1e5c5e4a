import type { PgBoss } from 'pg-boss';
import type { JobTable } from '../job-table.js';
import { type FetchedJob, LostClaim } from './fetched-job.js';

interface Waiting {
  readonly jobs: readonly FetchedJob[];
  readonly settle: PromiseWithResolvers<void>;
}

/** The jobs that pg-boss has completed (12.38, not in its types). */
interface Completed {
  readonly affected: number;
  readonly settled?: readonly string[];
}

/**
 * Completes what was done without a transaction. What ends while one statement is on its way shares the next, so that
 * many short calls do not cost a statement each, and a long one does not wait.
 */
export class Completions {
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly boss: PgBoss,
    private readonly db: JobTable['db'],
  ) {}

  /** Rejects with `LostClaim` where one of the jobs is not ours any more. */
  complete(jobs: readonly FetchedJob[]): Promise<void> {
    const { name } = jobs[0]!;
    const settle = Promise.withResolvers<void>();
    const waiting = this.waiting.get(name);
    if (waiting) waiting.push({ jobs, settle });
    else void this.send(name, [{ jobs, settle }]);
    return settle.promise;
  }

  /** Never rejects. */
  private async send(name: string, first: readonly Waiting[]): Promise<void> {
    for (let due = first; due.length > 0; due = this.waiting.get(name) ?? []) {
      this.waiting.set(name, []);
      await this.completeAll(name, due);
    }
    this.waiting.delete(name);
  }

  private async completeAll(name: string, due: readonly Waiting[]): Promise<void> {
    const all = due.flatMap(({ jobs }) => jobs);
    try {
      const completed: object = await this.boss.complete(name, all, null, { db: this.db });
      const { affected, settled } = completed as Completed;
      const ours = new Set(affected === all.length ? all.map(({ id }) => id) : settled);
      for (const { jobs, settle } of due) {
        const lost = jobs.find(({ id }) => !ours.has(id));
        if (lost) settle.reject(new LostClaim(lost));
        else settle.resolve();
      }
    } catch (error) {
      for (const { settle } of due) settle.reject(error);
    }
  }
}
