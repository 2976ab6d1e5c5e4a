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

interface Known {
  readonly at: number;
  readonly counts: Promise<readonly DurableCounts[]>;
}

/** The numbers of durable messages, and how they were in the last half hour. */
export class Counts {
  private known: Known | undefined;
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
    const named = this.registry
      .receivers()
      .map(({ uid, signal }) => [uid, this.registry.channel(signal).name] as const);
    const signals = new Map(named);
    const receivers = (await this.current()).filter(({ receiver }) => receiver !== ROWS);
    return {
      available: true,
      receivers: receivers.map(counts => {
        const { receiver } = counts;
        const signal = signals.get(receiver);
        return {
          ...counts,
          ratePerMinute: this.deliveries.perMinute(receiver),
          ...(signal !== undefined && { signal }),
        };
      }),
      history: this.history,
    };
  }

  /** Of one receiver, or of all. */
  async dead(receiver: string | undefined): Promise<number> {
    const counts = await this.current();
    return counts.reduce((sum, one) => sum + (one.receiver === (receiver ?? one.receiver) ? one.dead : 0), 0);
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
      const known: Known = { at: now, counts: this.durable.counts() };
      known.counts.catch(() => {
        if (this.known === known) this.known = undefined;
      });
      this.known = known;
    }
    return this.known.counts;
  }

  /** Where the database cannot be asked there is no point. */
  private async point(): Promise<void> {
    try {
      const counts = await this.current();
      const sum = (of: (one: DurableCounts) => number) => counts.reduce((total, one) => total + of(one), 0);
      const { total } = this.deliveries;
      const point = {
        at: Date.now(),
        waiting: sum(one => one.waiting),
        dead: sum(one => one.dead),
        done: total - this.done,
      };
      this.done = total;
      this.history = [...this.history, point].slice(-MOST_POINTS);
    } catch {
      return;
    }
  }
}
