import { deliver, type KnownEntityManager, Sending, type SignalRegistry } from '../core/index.js';
import { attemptOf, type Job } from './job.js';
import type { JobCall } from './job-call.js';
import { TaskEnqueued, TaskFinished, type TaskPayload, TaskStarted } from './task-signals.js';

/** Sends `TaskEnqueued` for jobs that were just stored, in their unit of work; an error is the sender's. */
export async function sendEnqueued(
  registry: SignalRegistry,
  stored: readonly (Pick<Job, 'id' | 'data'> & { readonly receiver: string })[],
  em: KnownEntityManager | undefined,
): Promise<void> {
  const channel = registry.channel(TaskEnqueued);
  if (!channel.hasAudience()) return;
  for (const { receiver, id, data } of stored) {
    const payload: TaskPayload = { id, receiver, message: data.id, attempt: 1, status: 'enqueued' };
    await deliver(new Sending(channel, receiver, payload, em ? { em } : {}));
  }
  await em?.flush();
}

/**
 * Sends a task signal for each job of a call, outside of its transaction. Errors are logged.
 *
 * @param error - what the call failed with; undefined when it has not.
 */
export async function sendTask(call: JobCall, status: TaskPayload['status'], error?: unknown): Promise<void> {
  const { registry, received, jobs } = call;
  const channel = registry.channel(status === 'started' ? TaskStarted : TaskFinished);
  if (!channel.hasAudience()) return;
  const { tenant } = call;
  const receiver = received.record.uid;
  for (const job of jobs) {
    const facts = { id: job.id, receiver, message: job.data.id, attempt: attemptOf(job), status };
    const payload: TaskPayload = error === undefined ? facts : { ...facts, error };
    await deliver(new Sending(channel, receiver, payload, {}, registry.unitsOfWork?.fresh(tenant)), true);
  }
}
