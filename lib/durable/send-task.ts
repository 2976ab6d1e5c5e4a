import { deliver, type KnownEntityManager, Sending, type SignalRegistry } from '../core/index.js';
import { attemptOf, type Job, restoredTenant } from './job.js';
import type { StoredMessage } from './stored-message.js';
import { TaskEnqueued, TaskFinished, type TaskPayload, TaskStarted } from './task-signals.js';

/** A job as its engine knows it. */
interface KnownJob {
  readonly id: string;
  readonly data: StoredMessage;
}

/** Sends `TaskEnqueued` for jobs that were just stored, in their unit of work; an error is the sender's. */
export async function sendEnqueued(
  registry: SignalRegistry,
  stored: readonly { readonly receiver: string; readonly job: KnownJob }[],
  em: KnownEntityManager | undefined,
): Promise<void> {
  const channel = registry.channel(TaskEnqueued);
  if (!channel.hasAudience()) return;
  for (const { receiver, job } of stored) {
    const payload: TaskPayload = { id: job.id, receiver, message: job.data.id, attempt: 1, status: 'enqueued' };
    await deliver(new Sending(channel, receiver, payload, em ? { em } : {}));
  }
  await em?.flush();
}

/**
 * Sends the task signals of running jobs, outside of their transactions. Errors are logged.
 *
 * @param receiver - the uid.
 * @param error - what their call failed with; undefined when it has not.
 * @param root - whose MikroORM `message.em` is of. Default: the first.
 */
export async function sendTask(
  registry: SignalRegistry,
  receiver: string,
  jobs: readonly (KnownJob & Job)[],
  status: TaskPayload['status'],
  error?: unknown,
  root?: KnownEntityManager,
): Promise<void> {
  const channel = registry.channel(status === 'started' ? TaskStarted : TaskFinished);
  if (!channel.hasAudience()) return;
  for (const job of jobs) {
    const facts = { id: job.id, receiver, message: job.data.id, attempt: attemptOf(job), status };
    const payload: TaskPayload = error === undefined ? facts : { ...facts, error };
    const { unitsOfWork } = registry;
    const scope = unitsOfWork?.fresh(restoredTenant(unitsOfWork, job.data, root));
    await deliver(new Sending(channel, receiver, payload, {}, scope), true);
  }
}
