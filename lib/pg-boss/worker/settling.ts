import { fromKysely, type PgBoss } from 'pg-boss';
import { failuresWith, type KnownEntityManager, shownError } from '../../core/index.js';
import { useOf } from '../queue-names.js';
import { Completions } from './completions.js';
import { type FetchedJob, LostClaim } from './fetched-job.js';

/**
 * Ends the attempts of one worker. Everything is fenced: it changes a job only while the attempt that was fetched is
 * the one that is running.
 */
export class Settling {
  private readonly completions = new Completions(this.boss);

  constructor(
    private readonly boss: PgBoss,
    private readonly schema: string,
  ) {}

  /** In the transaction of `em`, or outside of any. */
  async complete(jobs: readonly FetchedJob[], em?: KnownEntityManager): Promise<void> {
    if (!em) return this.completions.complete(jobs);
    const [first] = jobs as [FetchedJob];
    const db = fromKysely(em.getTransactionContext() as never);
    const { affected } = (await this.boss.complete(first.name, [...jobs], null, { db })) as { affected: number };
    if (affected !== jobs.length) throw new LostClaim(first);
  }

  /** @returns what the job is now; undefined where the attempt was not ours to fail. */
  async fail(
    job: FetchedJob,
    error: unknown,
    pauseMs: number,
    isPermanent = false,
  ): Promise<'repeated' | 'dead' | undefined> {
    const { name, id } = job;
    await this.note(job, error, isPermanent);
    const { affected } = (await this.boss.fail(name, job, shownError(error))) as { affected: number };
    if (affected === 0) return undefined;
    // pg-boss knows pauses of whole seconds only.
    const { rows } = await this.sql(
      `WITH delayed AS (
        UPDATE ${this.schema}.job SET start_after = now() + $3 * interval '1 ms'
        WHERE name = $1 AND id = $2 AND state = 'retry'
      ) SELECT state FROM ${this.schema}.job WHERE name = $1 AND id = $2`,
      [name, id, pauseMs],
    );
    const { state = 'failed' } = (rows[0] ?? {}) as { state?: string };
    if (state !== 'failed') return 'repeated';
    // What is dead is in another queue; the row that stays behind would hold up what has the same key.
    if (useOf(name)?.kind === 'ordered') await this.boss.deleteJob(name, id);
    return 'dead';
  }

  /** Keeps the error with the message, which it stays with when it is dead. */
  private async note({ name, id, retryCount, data }: FetchedJob, error: unknown, isPermanent: boolean): Promise<void> {
    await this.sql(
      `UPDATE ${this.schema}.job SET data = jsonb_set(data, '{failures}', $4::jsonb),
          retry_limit = CASE WHEN $5 THEN retry_count ELSE retry_limit END
        WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'`,
      [name, id, retryCount, JSON.stringify(failuresWith(data, error)), isPermanent],
    );
  }

  /** Lets another worker have jobs, after a pause, without counting an attempt. A call that still runs cannot complete them. */
  async giveBack(jobs: readonly FetchedJob[], pauseMs = 0): Promise<void> {
    const [first] = jobs;
    if (!first) return;
    await this.sql(
      `UPDATE ${this.schema}.job SET state = 'retry', retry_limit = retry_limit + 1, heartbeat_on = NULL,
          start_after = now() + $3 * interval '1 ms',
          data = jsonb_set(data, '{returned}', to_jsonb(COALESCE((data->>'returned')::int, 0) + 1))
        WHERE name = $1 AND state = 'active' AND (id::text || ':' || retry_count::text) = ANY($2::text[])`,
      [first.name, jobs.map(({ id, retryCount }) => `${id}:${retryCount}`), pauseMs],
    );
  }

  private sql(text: string, values: unknown[]): Promise<{ rows: unknown[] }> {
    return this.boss.getDb().executeSql(text, values);
  }
}
