/** How long what is fetched ahead may take to begin, by what calls have taken so far. */
const AHEAD_MS = 100;
/** How much the last call counts. */
const WEIGHT = 0.5;

/** How many calls to fetch: one for each free place, and some ahead of their time where calls are short. */
export class Pace {
  private averageMs: number | undefined;

  constructor(private readonly places: number) {}

  took(ms: number): void {
    this.averageMs = this.averageMs === undefined ? ms : this.averageMs * (1 - WEIGHT) + ms * WEIGHT;
  }

  /** Calls that were fetched ahead have waited in vain: calls take longer than they did. */
  stalled(ms: number): void {
    this.averageMs = Math.max(this.averageMs ?? 0, ms);
  }

  /**
   * @param free - places in which no call runs.
   * @param ready - calls that are fetched and have not begun.
   * @param most - how many are fetched ahead for each place, at most.
   * @returns how many to fetch; none while enough is ready.
   */
  room(free: number, ready: number, most: number): number {
    const ahead = this.ahead(most);
    const room = free + ahead - ready;
    // Half of it at least, so that many short calls do not cost a statement each.
    return free > ready || (ahead > 0 && room * 2 >= ahead) ? Math.max(room, 0) : 0;
  }

  private ahead(most: number): number {
    if (this.averageMs === undefined) return 0;
    return this.places * Math.min(most, Math.floor(AHEAD_MS / Math.max(this.averageMs, 0.01)));
  }
}
