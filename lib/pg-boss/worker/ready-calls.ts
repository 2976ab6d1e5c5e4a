import type { FetchedJob } from './fetched-job.js';

/** How long a call that was fetched ahead may wait for a place, before another worker may have it. */
const PATIENCE_MS = 500;

/** Calls that are fetched and have not begun, in order. */
export class ReadyCalls {
  private calls: { readonly jobs: readonly FetchedJob[]; readonly since: number }[] = [];
  private clock: NodeJS.Timeout | undefined;

  /** @param onImpatience - called with the time that calls have waited too long for a place; it takes them away. */
  constructor(private readonly onImpatience: (waitedMs: number) => void) {}

  get length(): number {
    return this.calls.length;
  }

  add(calls: readonly (readonly FetchedJob[])[]): void {
    const since = performance.now();
    this.calls.push(...calls.map(jobs => ({ jobs, since })));
    if (this.calls.length > 0) this.clock ??= setTimeout(() => this.look(), PATIENCE_MS).unref();
  }

  /** Takes the jobs of the first call away; undefined where none is ready. */
  next(): readonly FetchedJob[] | undefined {
    return this.calls.shift()?.jobs;
  }

  /** Takes away the calls that have been ready for so many milliseconds. */
  takeOlderThan(waitedMs: number): (readonly FetchedJob[])[] {
    const before = performance.now() - waitedMs;
    const taken = this.calls.filter(({ since }) => since <= before);
    this.calls = this.calls.filter(({ since }) => since > before);
    return taken.map(({ jobs }) => jobs);
  }

  private look(): void {
    this.clock = undefined;
    const before = performance.now() - PATIENCE_MS;
    if (this.calls.some(({ since }) => since <= before)) this.onImpatience(PATIENCE_MS);
    if (this.calls.length > 0) this.clock = setTimeout(() => this.look(), PATIENCE_MS).unref();
  }
}
