import type { PgBoss } from 'pg-boss';
import type { ShownError } from '../core/index.js';
import type { DeadMessage, FailedAttempt, MessageFilter, StoredMessage } from '../durable/index.js';
import { channelSql } from './job-sql.js';
import { type QueueNames, queueNamesOf, type QueueUse, useOf } from './queue-names.js';
import type { Settings } from './options.js';

/** The payload as text: 0.1.0 stored it as JSON itself, later versions store its text. */
const PAYLOAD = `CASE WHEN data#>>'{payload,$}' = 'json' THEN data#>>'{payload,v}' ELSE data->>'payload' END`;
const ERRORS = `concat_ws(' ', source_output->>'name', source_output->>'code', source_output->>'message',
  source_output#>>'{value,message}')`;
const EARLIER_ERRORS = `jsonb_path_query_array(data, '$.failures[*].error.**.message')::text`;

/** Searches, and changes, what is stored for receivers. */
export class StoredMessages {
  constructor(
    protected readonly boss: PgBoss,
    private readonly settings: Settings,
  ) {}

  protected readonly schema = this.settings.schema;

  /** The newest first. */
  async dead(filter: MessageFilter): Promise<DeadMessage[]> {
    const { chosen, values } = await this.choose(filter, ['dead']);
    const rows = await this.query<DeadRow>(
      `SELECT id, name, data, source_retry_count AS retries, source_output AS output, created_on AS at,
        COALESCE(source_created_on, created_on) AS stored ${chosen}`,
      values,
    );
    return Promise.all(rows.map(row => this.opened(deadMessageOf(row))));
  }

  /** A dead message as it was stored. */
  async storedMessage(id: string): Promise<StoredMessage | undefined> {
    const { chosen, values } = await this.choose({ ids: [id] }, ['dead']);
    const [row] = await this.query<{ data: StoredMessage }>(`SELECT data ${chosen}`, values);
    return row && this.settings.sealing.open(row.data);
  }

  /** Puts dead messages back where they were, in the order in which they were sent. */
  async retry(filter: MessageFilter): Promise<number> {
    const { chosen, values } = await this.choose(filter, ['dead']);
    return this.count(
      `WITH chosen AS (SELECT name, id ${chosen} FOR UPDATE SKIP LOCKED)
      UPDATE ${this.schema}.job j SET name = q.name, policy = q.policy, state = 'created', data = j.data - 'returned',
        created_on = COALESCE(j.source_created_on, j.created_on), start_after = now(), started_on = NULL,
        completed_on = NULL, keep_until = now() + q.retention_seconds * interval '1 s', heartbeat_on = NULL,
        retry_count = 0, retry_limit = q.retry_limit, retry_backoff = q.retry_backoff, retry_delay = q.retry_delay,
        retry_delay_max = q.retry_delay_max, expire_seconds = q.expire_seconds, deletion_seconds = q.deletion_seconds,
        heartbeat_seconds = q.heartbeat_seconds, dead_letter = q.dead_letter, output = NULL, group_tier = NULL,
        source_name = NULL, source_id = NULL, source_created_on = NULL, source_retry_count = NULL, source_output = NULL
      FROM chosen c, ${this.schema}.queue q
      WHERE j.name = c.name AND j.id = c.id AND q.name = j.source_name
      RETURNING j.id, pg_notify(${channelSql(this.schema)}, j.name)`,
      values,
    );
  }

  /** Forgets messages that are in queues of these kinds. */
  protected async forget(filter: MessageFilter, kinds: readonly (keyof QueueNames)[]): Promise<number> {
    const { chosen, values } = await this.choose(filter, kinds);
    return this.count(
      `WITH chosen AS (SELECT name, id ${chosen} FOR UPDATE)
      DELETE FROM ${this.schema}.job j USING chosen c WHERE j.name = c.name AND j.id = c.id RETURNING j.id`,
      values,
    );
  }

  private async choose(
    { ids, text, failedBefore, limit, receiver }: MessageFilter,
    kinds: readonly (keyof QueueNames)[],
  ) {
    this.settings.sealing.refuseText({ text });
    const values: unknown[] = [await this.places(receiver, kinds)];
    const value = (one: unknown) => `$${values.push(one)}`;
    const conditions = [`name = ANY($1)`, `state < 'active'`, `data->>'signal' IS NOT NULL`];
    if (ids) {
      const messages = value(ids.map(id => id.toLowerCase()));
      conditions.push(`(id = ANY(${value(ids)}::uuid[]) OR data->>'id' = ANY(${messages}::text[]))`);
    }
    if (failedBefore) conditions.push(`source_name IS NOT NULL AND created_on < ${value(failedBefore)}`);
    if (text !== undefined) {
      const inJson = value(JSON.stringify(text).slice(1, -1).toLowerCase());
      const plain = value(text.toWellFormed().replaceAll('\0', '').toLowerCase());
      const places = [contains(PAYLOAD, inJson), contains(ERRORS, plain), contains(EARLIER_ERRORS, inJson)];
      conditions.push(`(${places.join(' OR ')})`);
    }
    const some = limit === undefined ? '' : `LIMIT ${value(limit)}`;
    const chosen = `FROM ${this.schema}.job WHERE ${conditions.join(' AND ')} ORDER BY created_on DESC, id DESC ${some}`;
    return { chosen, values };
  }

  /** The queues of these kinds, of one receiver or of all. */
  private async places(receiver: string | undefined, kinds: readonly (keyof QueueNames)[]): Promise<string[]> {
    if (receiver !== undefined) return kinds.map(kind => queueNamesOf(receiver)[kind]);
    const ours = await this.queues('true');
    return ours.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  }

  /** Queues of ours: others may keep jobs in the same schema. */
  protected async queues(condition: string, ...values: unknown[]): Promise<QueueUse[]> {
    const text = `SELECT name FROM ${this.schema}.queue WHERE ${condition} ORDER BY name`;
    return (await this.query<{ name: string }>(text, values)).flatMap(({ name }) => useOf(name) ?? []);
  }

  private async opened(message: DeadMessage): Promise<DeadMessage> {
    const open = async <T extends { readonly error: ShownError }>(one: T): Promise<T> => {
      return { ...one, error: await this.settings.sealing.openError(one.error) };
    };
    return { ...(await open(message)), attempts: await Promise.all(message.attempts.map(open)) };
  }

  private async count(text: string, values: unknown[]): Promise<number> {
    return (await this.query(text, values)).length;
  }

  protected async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.boss.getDb().executeSql(text, values)).rows as Row[];
  }
}

interface DeadRow {
  readonly id: string;
  readonly name: string;
  readonly data: StoredMessage;
  readonly retries: number | null;
  /** The error; one level down what pg-boss says itself of a worker that was gone. */
  readonly output: { readonly value?: ShownError } & ShownError;
  readonly at: string | Date;
  readonly stored: string | Date;
}

function contains(text: string, part: string): string {
  return `strpos(lower(COALESCE(${text}, '')), ${part}::text) > 0`;
}

function deadMessageOf({ id, name, data, retries, output, at, stored }: DeadRow): DeadMessage {
  const failedAt = new Date(at);
  const attempts: FailedAttempt[] = (data.failures ?? []).map(failure => ({ ...failure, at: new Date(failure.at) }));
  const error = output.value ?? output;
  if (output.value || attempts.length === 0) attempts.push({ error, at: failedAt });
  return {
    id,
    // It was found in a queue of ours.
    receiver: useOf(name)!.uid,
    signal: data.signal,
    message: data.id,
    attemptCount: (retries ?? 0) + 1 - (data.returned ?? 0),
    attempts: attempts.slice(-10),
    storedAt: new Date(stored),
    failedAt,
    error,
  };
}
