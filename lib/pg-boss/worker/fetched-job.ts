import type { Job } from 'pg-boss';
import type { StoredMessage } from '../../core/index.js';

export type FetchedJob = Job<StoredMessage>;

/** The attempt is not ours any more: another worker has the job, so nothing of what we did may count. */
export class LostClaim extends Error {
  constructor({ id, name }: FetchedJob) {
    super(`The job ${id} of ${name} was given to another worker, which thought that this one was gone.`);
    this.name = 'LostClaim';
  }
}
