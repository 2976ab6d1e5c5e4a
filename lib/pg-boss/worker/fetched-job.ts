import type { Job as StoredJob } from 'pg-boss';
import type { Job, StoredMessage } from '../../durable/index.js';

/** A job that this process has fetched, and owns until it is settled or another worker has it. */
export interface FetchedJob extends Job {
  readonly name: string;
  readonly id: string;
  /** How often it was given back uncalled. */
  readonly returned: number;
  /** How often it was lost with its worker, or not settled in time. */
  readonly lost: number;
}

export function fetchedJob({ name, id, data, retryCount, groupTier }: StoredJob<StoredMessage>): FetchedJob {
  // The column that `RETURNED` and `LOST` of `job-sql.ts` are read of.
  const [returned = 0, lost = 0] = (groupTier ?? '0/0').split('/').map(Number);
  return { name, id, data, retryCount, returned, lost };
}

/** The attempt is not ours any more: another worker has the job, so nothing of what we did may count. */
export class LostClaim extends Error {
  constructor({ id, name }: FetchedJob) {
    super(`The job ${id} of ${name} was given to another worker, which thought that this one was gone.`);
    this.name = 'LostClaim';
  }
}
