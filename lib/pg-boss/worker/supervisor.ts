import { type ShownError, shownError, SignalError, within } from '../../core/index.js';
import { JobCall, reportDead } from '../../durable/index.js';
import type { Unreported } from '../job-table.js';
import type { DurableReceiver } from '../receivers.js';
import type { Workplace } from './workplace.js';

/** How often silent workers are looked for. */
const LOOK_MS = 5000;
/** How often messages are looked for that pg-boss itself has found dead: every so many looks. */
const FREE_EVERY = 2;
/** How often messages are deleted that were not taken within their `keepMs`: every so many looks. */
const EXPIRE_EVERY = 6;
/** How long a report may be under way, before another process sends it. */
const REPORTING_MS = 10_000;

/**
 * Finishes what a lost worker has left, for all receivers that this process knows: its messages are due again at once,
 * or dead, and a dead message that was not reported is reported.
 */
export class Supervisor {
  private clock: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private looks = 0;

  constructor(
    private readonly place: Workplace,
    private readonly wake: (queue: string) => void,
  ) {}

  start(): void {
    this.clock = setInterval(() => {
      this.looking ??= this.look()
        .catch((error: Error) => this.place.log.error(`Durable receivers: ${error.message}`))
        .finally(() => (this.looking = undefined));
    }, LOOK_MS).unref();
  }

  async stop(waitMs: number): Promise<void> {
    clearInterval(this.clock);
    await within(waitMs, this.looking ?? Promise.resolve());
  }

  private async look(): Promise<void> {
    const known = [...this.place.receivers].filter(({ isConnected }) => isConnected);
    if (known.length === 0) return;
    const { table, heartbeat } = this.place;
    const queues = known.flatMap(receiver => receiver.queues);
    // If this process itself was held up, it first shows which jobs it still works on.
    await heartbeat.beat();
    for (const queue of await table.takeBack(queues, SILENT, LATE)) this.wake(queue);
    this.looks += 1;
    if (this.looks % FREE_EVERY === 0) await table.freeFailed(queues);
    await this.reportDead(known);
    if (this.looks % EXPIRE_EVERY === 0) await this.expire(known);
  }

  private async expire(known: readonly DurableReceiver[]): Promise<void> {
    const queues = known.filter(({ options }) => options.keepMs !== undefined).flatMap(receiver => receiver.queues);
    if (queues.length > 0) await this.place.table.expire(queues);
  }

  private async reportDead(known: readonly DurableReceiver[]): Promise<void> {
    const queues = known.flatMap(({ deadQueues }) => deadQueues);
    for (const dead of await this.place.table.unreported(queues, REPORTING_MS)) {
      const receiver = known.find(({ deadQueues }) => deadQueues.includes(dead.name));
      if (receiver) await this.report(dead, receiver);
    }
  }

  private async report(dead: Unreported, receiver: DurableReceiver): Promise<void> {
    const { registry, table, settings } = this.place;
    const received = receiver.of(dead.data.signal);
    if (received) {
      const error = thrown(await settings.sealing.openError(dead.error as ShownError));
      const call = new JobCall(this.place, received, [dead]);
      // A message that cannot be opened is reported, too.
      await call
        .opened()
        .catch((further: unknown) => registry.log.receiverFailed(receiver.uid, dead.data.signal, further));
      await reportDead(call, receiver.options, error);
    }
    await table.reported(dead.name, dead.id);
  }
}

/** An error like the one that was stored. */
function thrown({ value, ...stored }: Unreported['error']): Error {
  const { message = 'unknown', ...more } = value ?? stored;
  return Object.assign(new Error(message), more);
}

const SILENT = lost(
  'was lost with its worker in its last attempt: the worker was silent for ten seconds',
  'look into the log of the worker: it was killed, ran out of memory or blocked its event loop; then `retry` the message.',
);

const LATE = lost(
  'was not settled in its time in its last attempt',
  'give the receiver a longer `timeoutMs`, and let it end when `message.abortSignal` does; then `retry` the message.',
);

function lost(why: string, fix: string): ShownError {
  const what = `A durable message ${why}.`;
  return shownError(new SignalError('WORKER_LOST', { what, at: 'a worker of durable messages', fix }));
}
