/** A job that one attempt owns: the number changes with every fetch. */
export interface Claim {
  readonly name: string;
  readonly id: string;
  readonly retryCount: number;
}

/** How often a job was given back uncalled, and how often it was lost with its worker: pg-boss does not use this column for us. */
export const RETURNED = `split_part(COALESCE(j.group_tier, '0/0'), '/', 1)::int`;
export const LOST = `split_part(COALESCE(j.group_tier, '0/0'), '/', 2)::int`;

/** Since when the job `j` has been due: giving it back uncalled does not begin that anew, and a failed call does. */
export const DUE_SINCE = `COALESCE(to_timestamp(NULLIF(split_part(j.group_tier, '/', 3), '')::float8), j.start_after)`;

/**
 * The job `j` becomes its own dead letter in the queue `q`, which frees its key in the same step. Until its
 * `ReceiverFailed` has been sent it is in the state `retry`, with the time at which a worker began to send it.
 */
export function dying(error: string, isUnattended = false): string {
  return `name = q.name, policy = q.policy, state = 'retry', heartbeat_on = ${isUnattended ? `'epoch'` : 'now()'},
      source_name = j.name, source_id = j.id, source_created_on = j.created_on, source_output = ${error},
      source_retry_count = j.retry_count - ${RETURNED}, source_root_id = COALESCE(j.source_root_id, j.id),
      created_on = now(), start_after = now(), keep_until = now() + q.retention_seconds * interval '1 s',
      started_on = NULL, completed_on = NULL, output = NULL, dead_letter = NULL, group_tier = NULL,
      retry_count = 0, retry_limit = q.retry_limit, heartbeat_seconds = NULL,
      expire_seconds = q.expire_seconds, deletion_seconds = q.deletion_seconds`;
}

/** The channel on which pg-boss says that a queue has something new. */
export function channelSql(schema: string): string {
  return `('pgboss_' || left(encode(sha224('${schema.replaceAll('"', '')}'::bytea), 'hex'), 24))`;
}

/** The jobs `j` that are claimed by `columnsOf`, the first three values of a statement. */
export function claimed(isJoined = true): string {
  const list = `unnest($1::text[], $2::uuid[], $3::int[]) AS c(name, id, retry_count)`;
  return `${list} ${isJoined ? 'ON' : 'WHERE'} j.name = c.name AND j.id = c.id AND j.retry_count = c.retry_count`;
}

export function columnsOf(claims: readonly Claim[]): unknown[][] {
  return [claims.map(({ name }) => name), claims.map(({ id }) => id), claims.map(({ retryCount }) => retryCount)];
}
