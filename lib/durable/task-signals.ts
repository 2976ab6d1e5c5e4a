import { Signal } from '../core/index.js';

/** One durable job, as the task signals report it. */
export interface TaskPayload {
  /** The id of the job, which is not that of the message. */
  readonly id: string;
  /** The uid of the receiver. */
  readonly receiver: string;
  /** The `message.id` that the receiver is given. */
  readonly message: string;
  /** The number of the call, 1 for the first. */
  readonly attempt: number;
  /** The state of the job. `failed`: its call is to be repeated; `dead`: it is not. */
  readonly status: 'enqueued' | 'started' | 'succeeded' | 'failed' | 'dead';
  /** The error of the call. */
  readonly error?: unknown;
}

/** Sent when a message was stored, in the transaction that it was sent in: Django's `task_enqueued`. The sender is the receiver's uid. */
export class TaskEnqueued extends Signal<TaskPayload, string> {}

/** Sent before a worker calls the receiver: Django's `task_started`. An error of its receivers is logged. */
export class TaskStarted extends Signal<TaskPayload, string> {}

/** Sent when the call and its transaction have ended: Django's `task_finished`. An error of its receivers is logged. */
export class TaskFinished extends Signal<TaskPayload, string> {}

/** The signals of the calls of workers. */
export const TASK_SIGNALS = [TaskEnqueued, TaskStarted, TaskFinished];
