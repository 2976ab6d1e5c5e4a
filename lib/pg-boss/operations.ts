import type { PgBoss } from 'pg-boss';
import {
  type DeadMessage,
  type DurableCounts,
  type DurableOperations,
  type FailedAttempt,
  SignalError,
  type StoredMessage,
} from '../core/index.js';
import { queueNamesOf, useOf } from './queue-names.js';
import type { DurableReceivers } from './receivers.js';

interface CountRow {
  readonly name: string;
  readonly waiting: string;
  readonly delayed: string;
  readonly active: string;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What is asked of the stored messages of an application, whichever process has them. */
export class PgBossOperations implements DurableOperations {
  constructor(
    private readonly boss: PgBoss,
    private readonly schema: string,
    private readonly receivers: DurableReceivers,
    /** Somebody was paused or resumed: this process need not wait to hear of it. */
    private readonly changed: () => Promise<void>,
    /** Resolves when this receiver has its queues, where it has been connected. */
    private readonly declared: (uid: string) => Promise<void>,
  ) {}

  async counts(): Promise<DurableCounts[]> {
    const byUid = new Map<string, Mutable<DurableCounts>>();
    const countOf = (uid: string) => {
      const isParked = !this.receivers.get(uid)?.isConnected;
      const none = { receiver: uid, waiting: 0, delayed: 0, active: 0, dead: 0, paused: false, parked: isParked };
      return byUid.get(uid) ?? byUid.set(uid, none).get(uid)!;
    };
    for (const { uid, isConnected } of this.receivers) if (isConnected) countOf(uid);
    for (const { name, waiting, delayed, active } of await this.countRows()) {
      const use = useOf(name);
      if (!use) continue;
      const count = countOf(use.uid);
      if (use.kind === 'dead') count.dead += Number(waiting) + Number(delayed);
      else {
        count.waiting += Number(waiting);
        count.delayed += Number(delayed);
        count.active += Number(active);
      }
    }
    for (const uid of await this.paused()) countOf(uid).paused = true;
    return [...byUid.values()];
  }

  async dead(receiver: string | undefined, limit: number): Promise<DeadMessage[]> {
    const name = receiver === undefined ? undefined : queueNamesOf(receiver).dead;
    const { rows } = await this.sql(
      `SELECT id, name, data, source_retry_count AS retries, source_output AS output, created_on AS at
        FROM ${this.schema}.job WHERE state < 'active' AND data->>'signal' IS NOT NULL
          AND ${name === undefined ? `name LIKE '%//dead'` : 'name = $2'}
        ORDER BY created_on DESC, id DESC LIMIT $1`,
      name === undefined ? [limit] : [limit, name],
    );
    return rows.flatMap(row => deadMessageOf(row) ?? []);
  }

  async retry(receiver: string, ids?: readonly string[]): Promise<number> {
    const { dead } = await this.known(receiver);
    if (ids?.length === 0) return 0;
    let retried = 0;
    for (let moved = -1; moved !== 0; retried += moved) moved = await this.boss.redrive(dead, ids && { ids: [...ids] });
    return retried;
  }

  async remove(receiver: string, ids: readonly string[]): Promise<number> {
    const { dead } = await this.known(receiver);
    if (ids.length === 0) return 0;
    return ((await this.boss.deleteJob(dead, [...ids])) as { affected: number }).affected;
  }

  async purge(receiver: string): Promise<number> {
    const { plain, ordered, dead } = await this.known(receiver);
    const names = [plain, ordered, dead];
    const { rows } = await this.sql(
      `WITH gone AS (DELETE FROM ${this.schema}.job WHERE name = ANY($1) AND state < 'active' RETURNING 1)
        SELECT count(*) FROM gone`,
      [names],
    );
    return Number((rows[0] as { count: string }).count);
  }

  async pause(receiver: string): Promise<void> {
    const { paused } = await this.known(receiver);
    await this.boss.createQueue(paused);
    await this.changed();
  }

  async resume(receiver: string): Promise<void> {
    const { paused } = await this.known(receiver);
    if (await this.boss.getQueue(paused)) await this.boss.deleteQueue(paused);
    await this.changed();
  }

  /** The uids of receivers that are paused, on whichever machine that was said. */
  async paused(): Promise<string[]> {
    const { rows } = await this.sql(`SELECT name FROM ${this.schema}.queue WHERE name LIKE '%//paused'`);
    return rows.flatMap(row => useOf((row as { name: string }).name)?.uid ?? []);
  }

  /** Which of these queues there are. */
  async existing(queues: readonly string[]): Promise<string[]> {
    const { rows } = await this.sql(`SELECT name FROM ${this.schema}.queue WHERE name = ANY($1)`, [queues]);
    return rows.map(row => (row as { name: string }).name);
  }

  private async known(uid: string) {
    await this.declared(uid);
    const names = queueNamesOf(uid);
    const [found] = await this.existing([names.dead]);
    if (found !== undefined) return names;
    const known = [...this.receivers].map(receiver => receiver.uid).join(', ');
    throw new SignalError('JOB_WITHOUT_RECEIVER', {
      what: `No durable receiver has or had the uid '${uid}'.`,
      at: 'DurableSignals',
      fix: `name one of ${known || '(there is none)'}.`,
    });
  }

  private async countRows(): Promise<CountRow[]> {
    const { rows } = await this.sql(`SELECT name,
        count(*) FILTER (WHERE state < 'active' AND start_after <= now()) AS waiting,
        count(*) FILTER (WHERE state < 'active' AND start_after > now()) AS delayed,
        count(*) FILTER (WHERE state = 'active') AS active
      FROM ${this.schema}.job WHERE state <= 'active' GROUP BY name`);
    return rows as CountRow[];
  }

  private sql(text: string, values: unknown[] = []): Promise<{ rows: unknown[] }> {
    return this.boss.getDb().executeSql(text, values);
  }
}

/** Undefined where it is in a queue of somebody else. */
function deadMessageOf(row: unknown): DeadMessage | undefined {
  const { id, name, data, retries, output, at } = row as {
    id: string;
    name: string;
    data: StoredMessage;
    retries: number | null;
    output: { value?: { message: string } } & DeadMessage['error'];
    at: string | Date;
  };
  const receiver = useOf(name)?.uid;
  if (receiver === undefined) return undefined;
  const failedAt = new Date(at);
  const attempts: FailedAttempt[] = (data.failures ?? []).map(failure => ({ ...failure, at: new Date(failure.at) }));
  // What pg-boss says itself, of a worker that was gone, it says one level down.
  const error = output.value ?? output;
  if (output.value || attempts.length === 0) attempts.push({ error, at: failedAt });
  return {
    id,
    receiver,
    signal: data.signal,
    message: data.id,
    attemptCount: (retries ?? 0) + 1 - (data.returned ?? 0),
    attempts: attempts.slice(-10),
    failedAt,
    error,
  };
}
