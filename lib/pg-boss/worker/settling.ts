import { fromKysely, type PgBoss } from 'pg-boss';
import { type KnownEntityManager, shownError } from '../../core/index.js';
import { failuresWith } from '../../durable/index.js';
import type { JobTable } from '../job-table.js';
import type { Sealing } from '../sealing.js';
import { queueNamesOf, useOf } from '../queue-names.js';
import { Completions } from './completions.js';
import { type FetchedJob, LostClaim } from './fetched-job.js';

/**
 * Ends the attempts of one worker. Everything is fenced: it changes a job only while the attempt that was fetched is
 * the one that is running.
 */
export class Settling {
  private readonly completions = new Completions(this.boss, this.table.db);

  constructor(
    private readonly boss: PgBoss,
    private readonly table: JobTable,
    private readonly sealing: Sealing,
  ) {}

  /** In the transaction of `em`, or outside of any. */
  async complete(jobs: readonly FetchedJob[], em?: KnownEntityManager): Promise<void> {
    if (!em) return this.completions.complete(jobs);
    const [first] = jobs as [FetchedJob];
    // MikroORM's type of a transaction is Kysely's with other type arguments.
    const db = fromKysely(em.getTransactionContext() as never);
    const { affected } = (await this.boss.complete(first.name, [...jobs], null, { db })) as { affected: number };
    if (affected !== jobs.length) throw new LostClaim(first);
  }

  /**
   * A message that is dead is in the queue of the dead when this resolves, and holds up nothing that has the same key.
   *
   * @returns what the job is now; undefined where the attempt was not ours to fail.
   */
  async fail(
    job: FetchedJob,
    error: unknown,
    pauseMs: number,
    isPermanent = false,
  ): Promise<'repeated' | 'dead' | undefined> {
    const shown = await this.sealing.closeError(shownError(error));
    const failed = { error: shown, failures: failuresWith(job.data, shown) };
    return this.table.fail(job, failed, pauseMs, isPermanent);
  }

  /** `ReceiverFailed` was sent for a job that is dead; until then another worker would send it in our stead. */
  async reported({ name, id }: FetchedJob): Promise<void> {
    // It was fetched from a queue of ours.
    await this.table.reported(queueNamesOf(useOf(name)!.uid).dead, id);
  }
}
