import type { Db } from 'pg-boss';

/**
 * Stores messages with the time at which they are stored. pg-boss takes the time at which the transaction began, by
 * which the messages with one key would not be in order (12.38).
 *
 * It is said in the statement that stores them: one that changes them afterwards reads the table, and of concurrent
 * serializable transactions that read it most are refused.
 */
export class StoringClock implements Db {
  private isSet = false;

  constructor(
    private readonly db: Db,
    private readonly schema: string,
  ) {}

  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
    const set = text.replace(`${this.schema}.job_now() as created_on`, 'clock_timestamp() as created_on');
    this.isSet = set !== text;
    return this.db.executeSql(set, values);
  }

  /** Sets the time of what was stored, where the statement of pg-boss is another one. */
  async stamp(queue: string, jobs: readonly { readonly id: string }[]): Promise<void> {
    if (this.isSet) return;
    const text = `UPDATE ${this.schema}.job SET created_on = clock_timestamp() WHERE name = $1 AND id = ANY($2::uuid[])`;
    await this.db.executeSql(text, [queue, jobs.map(({ id }) => id)]);
  }
}
