import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import {
  type Channel,
  type ConnectionRecord,
  type DeferredMessage,
  getOrInsert,
  type KnownEntityManager,
} from '../../core/index.js';
import {
  type DurableBackend,
  type DurableJobs,
  type DurableOptions,
  encodeMessage,
  type EncodedMessage,
  EngineLink,
  JobReceivers,
  sendEnqueued,
} from '../../durable/index.js';
import type { Application, RoomLink } from '../../nest/index.js';
import { JobQueue, type QueuedJob } from './job-queue.js';
import { JobWorker } from './job-worker.js';

interface Prepared {
  readonly message: EncodedMessage;
  readonly job: Omit<QueuedJob, 'data' | 'order' | 'storedAt' | 'dueAt'>;
}

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

/** The durable messages of one application, kept in its process. */
class InProcessJobs extends EngineLink implements RoomLink, DurableJobs {
  readonly operations: JobQueue;
  private stored = 0;
  private readonly receivers = new Map<string, JobReceivers>();
  private readonly worker: JobWorker;
  /** A receiver runs outside the context of the send. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private readonly wake = () => this.outside(() => this.worker.wake());

  protected readonly needs = {
    what: 'Durable messages are queued when their transaction commits',
    at: 'SignalsModule.forRoot({ durable: inProcess() })',
  };

  constructor(application: Application) {
    super(application);
    this.operations = new JobQueue(this.receivers, this.wake);
    this.worker = new JobWorker(application, this.operations);
  }

  /** @throws {SignalError} `DELIVERY_NOT_AVAILABLE`, at start instead of at the first send. */
  async init(): Promise<void> {
    if (this.receivers.size > 0) void this.unitsOfWork;
  }

  async stop(): Promise<void> {
    this.worker.stop();
  }

  add(channel: Channel, record: ConnectionRecord): void {
    getOrInsert(this.receivers, record.uid, () => new JobReceivers()).add(channel, record);
    // Something may wait for it, and it is connected when this call is over.
    queueMicrotask(this.wake);
  }

  prepare(message: DeferredMessage, options: DurableOptions): Prepared {
    const encoded = encodeMessage(message, options, this.unitsOfWork.entities);
    const using = message.tenant?.using;
    const job = { id: randomUUID(), receiver: message.record.uid, options, using, retryCount: 0 };
    return { message: encoded, job };
  }

  async store(messages: readonly DeferredMessage[], em?: KnownEntityManager): Promise<void> {
    const prepared = messages.map(message => message.prepared as Prepared);
    const now = Date.now();
    const jobs = prepared.map(({ message, job }): QueuedJob => {
      return { ...job, data: message.stored(), order: (this.stored += 1), storedAt: now, dueAt: now };
    });
    await sendEnqueued(this.registry, jobs, em);
    if (em) this.unitsOfWork.onCommit(em, () => this.operations.add(jobs));
    else this.operations.add(jobs);
  }
}
