import type { SignalRegistry } from '../../core/index.js';
import type { DurableCounts, DurableSignals } from '../../durable/index.js';
import type { DurableState, HistoryPoint, RowsState } from '../page-types.js';
import type { Deliveries } from '../recording/deliveries.js';

/** Changes of rows are counted like the messages of a receiver with this uid. */
const ROWS = 'RowChanged';

/** However many pages ask, and however often: the database is asked once in this time. */
const FRESH_MS = 1000;
const POINT_MS = 10_000;
const MOST_POINTS = 180;

/** The numbers of durable messages, and how they were in the last half hour. */
export class Counts {
  private known: { readonly at: number; readonly counts: Promise<readonly DurableCounts[]> } | undefined;
  private history: HistoryPoint[] = [];
  private clock: NodeJS.Timeout | undefined;
  private done = 0;

  constructor(
    private readonly registry: SignalRegistry,
    private readonly durable: DurableSignals,
    private readonly deliveries: Deliveries,
  ) {}

  /** A page is open. */
  start(): void {
    if (this.clock) return;
    this.done = this.deliveries.total;
    this.clock = setInterval(() => void this.point(), POINT_MS).unref();
    void this.point();
  }

  stop(): void {
    clearInterval(this.clock);
    this.clock = undefined;
  }

  async state(): Promise<DurableState> {
    const { registry } = this;
    const signals = new Map(registry.receivers().map(({ uid, signal }) => [uid, registry.channel(signal).name]));
    const receivers = (await this.current()).filter(({ receiver }) => receiver !== ROWS);
    return {
      available: true,
      receivers: receivers.map(counts => ({
        ...counts,
        ratePerMinute: this.deliveries.perMinute(counts.receiver),
        signal: signals.get(counts.receiver),
      })),
      history: this.history,
    };
  }

  /** Returns how many dead messages one receiver has, or all together. */
  async dead(receiver: string | undefined): Promise<number> {
    const counts = await this.current();
    const own = receiver === undefined ? counts : counts.filter(one => one.receiver === receiver);
    return sumOf(own, 'dead');
  }

  async rows(): Promise<RowsState | undefined> {
    const rows = (await this.current()).find(({ receiver }) => receiver === ROWS);
    return rows && { lagMs: rows.oldestMs, waiting: rows.waiting, poisoned: rows.dead };
  }

  /** After an operation they are others. */
  forget(): void {
    this.known = undefined;
  }

  private current(): Promise<readonly DurableCounts[]> {
    const now = performance.now();
    if (!this.known || now - this.known.at > FRESH_MS) {
      const known = { at: now, counts: this.durable.counts() };
      known.counts.catch(() => {
        if (this.known === known) this.known = undefined;
      });
      this.known = known;
    }
    return this.known.counts;
  }

  /** Where the database cannot be asked there is no point. */
  private async point(): Promise<void> {
    const counts = await this.current().catch(() => undefined);
    if (!counts) return;
    const { total } = this.deliveries;
    const [waiting, dead] = [sumOf(counts, 'waiting'), sumOf(counts, 'dead')];
    this.history = [...this.history, { at: Date.now(), waiting, dead, done: total - this.done }].slice(-MOST_POINTS);
    this.done = total;
  }
}

function sumOf(counts: readonly DurableCounts[], number: 'waiting' | 'dead'): number {
  return counts.reduce((sum, one) => sum + one[number], 0);
}
