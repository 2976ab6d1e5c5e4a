import { fromKysely, type PgBoss } from 'pg-boss';
import type { KnownEntityManager } from '../../core/index.js';
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
 * Completes the jobs of calls. Everything is fenced: it changes a job only while the attempt that was fetched is the one
 * that is running.
 */
export class Completions {
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly boss: PgBoss,
    private readonly db: JobTable['db'],
  ) {}

  /** Completes the jobs of a call in its transaction. Rejects with `LostClaim` where one of them is not ours any more. */
  async completeIn(em: KnownEntityManager, jobs: readonly FetchedJob[]): Promise<void> {
    const [first] = jobs as [FetchedJob];
    // MikroORM's type of a transaction is Kysely's with other type arguments.
    const db = fromKysely(em.getTransactionContext() as never);
    const completed: object = await this.boss.complete(first.name, [...jobs], null, { db });
    if ((completed as Completed).affected !== jobs.length) throw new LostClaim(first);
  }

  /**
   * Completes the jobs of a call without a transaction, and rejects likewise. What ends while one statement is on its way
   * shares the next, so that many short calls do not cost a statement each, and a long one does not wait.
   */
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
