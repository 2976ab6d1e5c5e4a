import type { DurableBackend } from '../../durable/index.js';
import { InProcessJobs } from './in-process-jobs.js';

/**
 * Keeps durable messages in the process: no server, no tables. For tests.
 *
 * Messages are encoded and read again as they are with a database, and queued once the transaction that they were sent
 * in has committed. Their receivers are called one at a time, in the order in which they were sent; a call that fails is
 * repeated at once. Delays are not waited for. What is left when the application closes is gone.
 */
export function inProcess(): DurableBackend {
  return { link: async application => new InProcessJobs(application) };
}
