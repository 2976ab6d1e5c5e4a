import { getOrInsert, within } from '../../core/index.js';
import { useOf } from '../queue-names.js';
import type { DurableReceiver } from '../receivers.js';
import { ReceiverWorker } from './receiver-worker.js';
import type { Workplace } from './workplace.js';

/** How often all queues are looked at, for what no notification says: repetitions, delays, what was paused elsewhere. */
const LOOK_MS = 2000;
/** How long a database may take to give back what is left at the end. */
const GIVING_BACK_MS = 3000;

/** The workers of one process: one for each receiver that it serves and that is not paused. */
export class Workers {
  private readonly byUid = new Map<string, ReceiverWorker>();
  private looking: Promise<void> = Promise.resolve();
  private clock: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(private readonly place: Workplace) {}

  async start(): Promise<void> {
    let isIdle = true;
    this.clock = setInterval(() => {
      if (!isIdle) return;
      isIdle = false;
      void this.adjust().finally(() => (isIdle = true));
    }, LOOK_MS).unref();
    await this.adjust();
  }

  /**
   * Looks at all queues with one statement: sets those to work that are to work, stops the others, and wakes those that
   * have something to do. One look at a time. Never rejects.
   */
  async adjust(): Promise<void> {
    this.looking = this.looking
      .then(() => this.look())
      .catch((error: Error) => this.place.log.error(`Durable receivers: ${error.message}`));
    await this.looking;
  }

  /** A queue has something new. */
  notified(queue: string): void {
    for (const worker of this.byUid.values()) if (worker.receiver.queues.includes(queue)) worker.wake(queue);
  }

  /** Calls that still run after `waitMs` are given back, and named in the log. */
  async stop(waitMs: number): Promise<void> {
    this.isOver = true;
    clearInterval(this.clock);
    // On a database inside the process a look waits for the transaction that is open.
    await within(waitMs, this.looking);
    const workers = [...this.byUid.values()];
    await Promise.all(workers.map(worker => worker.stop(waitMs)));
    const left = workers.map(worker => worker.abandon());
    const names = left.flatMap(worker => worker.names);
    if (names.length === 0) return;
    this.place.log.warn(`These have not ended, and are given back: ${names.join(', ')}.`);
    // If the database does not answer, other workers notice by themselves that these are lost.
    await within(GIVING_BACK_MS, Promise.all(left.map(({ over }) => over))).catch((error: Error) =>
      this.place.log.error(`Durable receivers: ${error.message}`),
    );
  }

  private async look(): Promise<void> {
    if (this.isOver || !this.clock) return;
    const served = [...this.place.receivers].filter(receiver => this.serves(receiver));
    const { due, paused } = await this.place.table.look(served.flatMap(({ queues }) => queues));
    if (this.isOver) return;
    const pausedUids = new Set(paused.map(name => useOf(name)?.uid));
    for (const receiver of served) {
      const worker = getOrInsert(this.byUid, receiver.uid, () => new ReceiverWorker(this.place, receiver));
      const isPaused = pausedUids.has(receiver.uid);
      if (isPaused && worker.isOpen) await worker.stop(0);
      if (!isPaused && !worker.isOpen) worker.start();
      for (const queue of due) if (receiver.queues.includes(queue)) worker.wake(queue);
    }
  }

  private serves({ uid, options: { group } }: DurableReceiver): boolean {
    const { work } = this.place.settings;
    if (typeof work === 'boolean') return work;
    return work.includes(uid) || (group !== undefined && work.includes(group));
  }
}
