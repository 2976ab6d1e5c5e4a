import type { PgBoss } from 'pg-boss';
import type { StoredMessage } from '../durable/index.js';
import { channelSql, type Claim, claimed, columnsOf, DUE_SINCE, dying, LOST, RETURNED } from './job-sql.js';

/** How long one statement may take: a connection that answers no more is given up, and the next statement has another. */
const PATIENCE_MS = 8000;
/** How many jobs one statement takes back. */
const AT_ONCE = 1000;

/** A dead message whose `ReceiverFailed` has not been sent. */
export interface Unreported {
  readonly id: string;
  /** The queue that it is dead in. */
  readonly name: string;
  /** How often its call was repeated; what was given back uncalled is not counted. */
  readonly retryCount: number;
  readonly data: StoredMessage;
  /** The error, one level down where the worker itself was lost. */
  readonly error: { readonly message?: string; readonly value?: { readonly message?: string } };
}

interface Executing {
  executeSql(text: string, values?: unknown[], how?: { signal: AbortSignal }): Promise<{ rows: unknown[] }>;
}

/**
 * Statements on the tables of pg-boss 12.38, for what its public API cannot do: one poll for many queues, a job that is
 * due again at once, and a death that frees its key in one step. `data` is written by a failure alone, which it keeps.
 */
export class JobTable {
  constructor(
    private readonly boss: PgBoss,
    private readonly schema: string,
  ) {}

  /** For calls of pg-boss that take a `db`: they are as patient as these statements. */
  readonly db = { executeSql: (text: string, values?: unknown[]) => this.execute(text, values) };

  /** Returns the names of those of these queues that have something to fetch, and of the queues that pause receivers. */
  async look(queues: readonly string[]): Promise<{ readonly due: string[]; readonly paused: string[] }> {
    const rows = await this.query<{ name: string; due: boolean }>(
      `SELECT q.name, true AS due FROM ${this.schema}.queue q WHERE q.name = ANY($1) AND EXISTS (
          SELECT FROM ${this.schema}.job j WHERE j.name = q.name AND j.state < 'active' AND NOT j.blocked
            AND j.start_after <= now())
        UNION ALL SELECT name, false FROM ${this.schema}.queue WHERE name LIKE '%//paused'`,
      [queues],
    );
    const names = (isDue: boolean) => rows.filter(({ due }) => due === isDue).map(({ name }) => name);
    return { due: names(true), paused: names(false) };
  }

  /** Shows that these jobs are still being worked on. A job that its own transaction is completing is left alone. */
  async touch(claims: readonly Claim[]): Promise<void> {
    await this.query(
      `WITH mine AS (SELECT j.name, j.id FROM ${this.schema}.job j JOIN ${claimed()}
          WHERE j.state = 'active' FOR UPDATE OF j SKIP LOCKED)
        UPDATE ${this.schema}.job j SET heartbeat_on = now() FROM mine WHERE j.name = mine.name AND j.id = mine.id`,
      columnsOf(claims),
    );
  }

  /** Lets another worker have jobs, after a pause, without counting an attempt. A call that still runs cannot complete them. */
  async giveBack(claims: readonly Claim[], pauseMs = 0): Promise<void> {
    await this.query(
      `WITH back AS (UPDATE ${this.schema}.job j SET state = 'retry', heartbeat_on = NULL,
            retry_limit = j.retry_limit + 1,
            group_tier = (${RETURNED} + 1) || '/' || ${LOST} || '/' || EXTRACT(epoch FROM ${DUE_SINCE}),
            start_after = now() + $4::float8 * interval '1 ms'
          FROM ${claimed(false)} AND j.state = 'active' RETURNING j.name)
        SELECT ${this.notify('name')} FROM (SELECT DISTINCT name FROM back) b WHERE $4::float8 = 0`,
      [...columnsOf(claims), pauseMs],
    );
  }

  /**
   * Ends a failed attempt. A message that is dead is in the queue of the dead when this resolves, and holds up nothing that
   * has the same key.
   *
   * @returns what the job is now; undefined where the attempt was not ours to end.
   */
  async fail(
    { name, id, retryCount }: Claim,
    error: object,
    failures: readonly object[],
    pauseMs: number,
    isPermanent: boolean,
  ): Promise<'repeated' | 'dead' | undefined> {
    const noted = `data = jsonb_set(j.data, '{failures}', $5::text::jsonb)`;
    const rows = await this.query<{ became: 'repeated' | 'dead' }>(
      `WITH mine AS (SELECT name, id, retry_count >= retry_limit OR $7::bool AS is_last FROM ${this.schema}.job
          WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active' FOR UPDATE),
        repeated AS (UPDATE ${this.schema}.job j SET ${noted}, state = 'retry', heartbeat_on = NULL,
            output = $4::text::jsonb, start_after = now() + $6::float8 * interval '1 ms',
            group_tier = substring(j.group_tier FROM '^[0-9]+/[0-9]+')
          FROM mine m WHERE j.name = m.name AND j.id = m.id AND NOT m.is_last RETURNING 'repeated' AS became),
        dead AS (UPDATE ${this.schema}.job j SET ${noted}, ${dying('$4::text::jsonb')}
          FROM mine m, ${this.schema}.queue q
          WHERE j.name = m.name AND j.id = m.id AND m.is_last AND q.name = j.dead_letter RETURNING 'dead' AS became)
        SELECT became FROM repeated UNION ALL SELECT became FROM dead`,
      [name, id, retryCount, JSON.stringify(error), JSON.stringify(failures), pauseMs, isPermanent],
    );
    return rows[0]?.became;
  }

  /**
   * Takes back jobs that were lost with their worker, or whose time is up: due again at once, or dead.
   *
   * @param silent - the error of a message whose worker was lost in its last attempt.
   * @param late - the error of one whose time was up in it.
   * @returns the queues with due jobs.
   */
  async takeBack(queues: readonly string[], silent: object, late: object): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `WITH lost AS (
          SELECT name, id, retry_count >= retry_limit AS is_last, started_on + expire_seconds * interval '1 s' < now() AS is_late
          FROM ${this.schema}.job WHERE name = ANY($1) AND state = 'active'
            AND (heartbeat_on + heartbeat_seconds * interval '1 s' < now()
              OR started_on + expire_seconds * interval '1 s' < now())
          LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED),
        again AS (UPDATE ${this.schema}.job j SET state = 'retry', heartbeat_on = NULL, start_after = now(),
            group_tier = ${RETURNED} || '/' || (${LOST} + 1)
          FROM lost l WHERE j.name = l.name AND j.id = l.id AND NOT l.is_last RETURNING j.name),
        dead AS (UPDATE ${this.schema}.job j SET ${dying('CASE WHEN l.is_late THEN $3::text::jsonb ELSE $2::text::jsonb END', true)}
          FROM lost l, ${this.schema}.queue q
          WHERE j.name = l.name AND j.id = l.id AND l.is_last AND q.name = j.dead_letter RETURNING j.name)
        SELECT name, ${this.notify('name')} FROM (SELECT DISTINCT name FROM again) a`,
      [queues, JSON.stringify({ value: silent }), JSON.stringify({ value: late })],
    );
    return rows.map(({ name }) => name);
  }

  /**
   * Frees the keys of messages that pg-boss itself has found dead, and marks their dead letters as not reported. In a
   * queue without keys only those that pg-boss has failed: others were reported when they failed.
   */
  async freeFailed(queues: readonly string[]): Promise<void> {
    await this.query(
      `WITH gone AS (DELETE FROM ${this.schema}.job j WHERE j.name = ANY($1) AND j.state = 'failed'
          AND (j.policy = 'key_strict_fifo' OR j.output ? 'value') RETURNING j.id, j.dead_letter)
        UPDATE ${this.schema}.job j SET state = 'retry', heartbeat_on = 'epoch' FROM gone
        WHERE j.name = gone.dead_letter AND j.source_id = gone.id AND j.state = 'created'`,
      [queues],
    );
  }

  /** Takes over the reports of dead messages that another worker began to send longer ago than this, or could not begin. */
  async unreported(deadQueues: readonly string[], olderThanMs: number): Promise<Unreported[]> {
    return this.query<Unreported>(
      `WITH silent AS (SELECT name, id FROM ${this.schema}.job WHERE name = ANY($1) AND state = 'retry'
          AND heartbeat_on < now() - $2::float8 * interval '1 ms' LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED)
        UPDATE ${this.schema}.job j SET heartbeat_on = now() FROM silent s WHERE j.name = s.name AND j.id = s.id
        RETURNING j.id, j.name, j.data, j.source_retry_count AS "retryCount", j.source_output AS error`,
      [deadQueues, olderThanMs],
    );
  }

  /** `ReceiverFailed` was sent for a dead message. */
  async reported(deadQueue: string, id: string): Promise<void> {
    const text = `UPDATE ${this.schema}.job SET state = 'created', heartbeat_on = NULL WHERE name = $1 AND id = $2 AND state = 'retry'`;
    await this.query(text, [deadQueue, id]);
  }

  /** Deletes messages that were not taken in time. */
  async expire(queues: readonly string[]): Promise<void> {
    const text = `DELETE FROM ${this.schema}.job WHERE name = ANY($1) AND state < 'active' AND keep_until < now()`;
    await this.query(text, [queues]);
  }

  private notify(queue: string): string {
    return `pg_notify(${channelSql(this.schema)}, ${queue})`;
  }

  private async query<Row>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.execute(text, values)).rows as Row[];
  }

  private execute(text: string, values: unknown[] | undefined): Promise<{ rows: unknown[] }> {
    const db = this.boss.getDb() as Executing;
    return db.executeSql(text, values, { signal: AbortSignal.timeout(PATIENCE_MS) });
  }
}
