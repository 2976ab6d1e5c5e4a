import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import {
  type Channel,
  type ConnectionRecord,
  type DeferredMessage,
  type KnownEntityManager,
  SignalError,
  type UnitsOfWork,
} from '../../core/index.js';
import {
  DURABLE,
  type DurableJobs,
  type DurableOptions,
  encodeMessage,
  type EncodedMessage,
  type JobReceiver,
  refuseSameName,
  TaskEnqueued,
  TaskFinished,
  TaskStarted,
  sendEnqueued,
} from '../../durable/index.js';
import type { Application, RoomLink } from '../../nest/index.js';
import { JobQueue, type QueuedJob } from './job-queue.js';
import { JobWorker } from './job-worker.js';

interface Prepared {
  readonly message: EncodedMessage;
  readonly job: Omit<QueuedJob, 'data' | 'order' | 'dueAt'>;
}

/** The durable messages of one application, kept in its process. */
export class InProcessJobs implements RoomLink, DurableJobs {
  readonly operations: JobQueue;
  private stored = 0;
  private readonly receivers = new Map<string, Map<string, JobReceiver>>();
  private readonly worker: JobWorker;
  /** A receiver runs outside the context of the send. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private readonly wake = () => this.outside(() => this.worker.wake());

  constructor(private readonly application: Application) {
    const { registry } = application;
    const receiverOf = (uid: string, signal: string) => this.receiverOf(uid, signal);
    this.operations = new JobQueue(this.receivers, receiverOf, this.wake);
    this.worker = new JobWorker(application, this.operations, receiverOf);
    registry.backends.set(DURABLE.backend, this);
    registry.sources.add({ signals: [TaskEnqueued, TaskStarted, TaskFinished] });
  }

  async stop(): Promise<void> {
    this.worker.stop();
  }

  add(channel: Channel, record: ConnectionRecord): void {
    const bySignal = this.receivers.get(record.uid) ?? new Map<string, JobReceiver>();
    refuseSameName(bySignal.get(channel.name), channel, record.whereIn(channel.name));
    if (!this.receiverOf(record.uid, channel.name)) bySignal.set(channel.name, { channel, record });
    this.receivers.set(record.uid, bySignal);
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
    const jobs = prepared.map(({ message, job }): QueuedJob => {
      return { ...job, data: message.stored(), order: (this.stored += 1), dueAt: Date.now() };
    });
    await sendEnqueued(
      this.application.registry,
      jobs.map(job => ({ receiver: job.receiver, job })),
      em,
    );
    if (em) this.unitsOfWork.onCommit(em, () => this.operations.add(jobs));
    else this.operations.add(jobs);
  }

  private receiverOf(uid: string, signal: string): JobReceiver | undefined {
    const found = this.receivers.get(uid)?.get(signal);
    return found?.channel.has(found.record) ? found : undefined;
  }

  private get unitsOfWork(): UnitsOfWork {
    const { unitsOfWork } = this.application.registry;
    if (unitsOfWork) return unitsOfWork;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: 'Durable messages are queued when their transaction commits, and this application has no MikroORM that signals know of.',
      at: 'SignalsModule.forRoot({ durable: inProcess() })',
      fix: 'import MikroOrmModule.forRoot(), and leave `mikroOrm: false` out.',
    });
  }
}
