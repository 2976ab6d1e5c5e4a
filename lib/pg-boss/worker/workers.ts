import { within } from '../../core/index.js';
import type { PgBossOperations } from '../operations.js';
import type { Settings } from '../pg-boss.js';
import type { DurableReceiver, DurableReceivers } from '../receivers.js';
import { ReceiverWorker } from './receiver-worker.js';
import type { Workplace } from './workplace.js';

/** How long a database may take to give back what is left at the end. */
const GIVING_BACK_MS = 3000;

/** The workers of one process: one for each receiver that it serves and that is not paused. */
export class Workers {
  private readonly byUid = new Map<string, ReceiverWorker>();
  private adjusting: Promise<void> | undefined;
  private isOver = false;

  constructor(
    private readonly place: Workplace,
    private readonly settings: Settings,
    private readonly receivers: DurableReceivers,
    private readonly operations: PgBossOperations,
  ) {}

  /** Sets those to work that are to work, and stops the others. Never rejects. */
  async adjust(): Promise<void> {
    await this.adjusting;
    this.adjusting = this.adjustNow().catch((error: Error) =>
      this.place.log.error(`Durable receivers: ${error.message}`),
    );
    await this.adjusting;
  }

  /** What still runs after `waitMs` is given back, and named. */
  async stop(waitMs: number): Promise<void> {
    this.isOver = true;
    await this.adjusting;
    const workers = [...this.byUid.values()];
    await Promise.all(workers.map(worker => worker.stop(waitMs)));
    const left = workers.map(worker => worker.abandon());
    const names = left.flatMap(worker => worker.names);
    if (names.length === 0) return;
    this.place.log.warn(`These have not ended, and are given back: ${names.join(', ')}.`);
    // Where the database does not answer, others find out by themselves that nobody works on them.
    await within(GIVING_BACK_MS, Promise.all(left.map(({ over }) => over))).catch((error: Error) =>
      this.place.log.error(`Durable receivers: ${error.message}`),
    );
  }

  private async adjustNow(): Promise<void> {
    if (this.isOver) return;
    const paused = new Set(await this.operations.paused());
    for (const receiver of this.receivers) {
      const worker = this.workerOf(receiver);
      const isWanted = this.serves(receiver) && !paused.has(receiver.uid);
      if (isWanted && !worker.isWorking) await worker.start(await this.operations.existing(receiver.queues));
      if (!isWanted && worker.isWorking) await worker.stop(0);
    }
  }

  private workerOf(receiver: DurableReceiver): ReceiverWorker {
    const known = this.byUid.get(receiver.uid) ?? new ReceiverWorker(this.place, receiver);
    this.byUid.set(receiver.uid, known);
    return known;
  }

  private serves({ uid, options: { group } }: DurableReceiver): boolean {
    const { work } = this.settings;
    if (typeof work === 'boolean') return work;
    return work.includes(uid) || (group !== undefined && work.includes(group));
  }
}
