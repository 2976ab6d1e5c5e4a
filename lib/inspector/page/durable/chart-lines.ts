import type { HistoryPoint } from '../../page-types.ts';

export const WIDTH = 600;
export const HEIGHT = 150;
export const SPAN_MS = 30 * 60_000;

export type Series = 'waiting' | 'dead' | 'done';

/** Where no page was open there is no point, and no line. */
const GAP_MS = 45_000;

/** The largest value of the chart: 1, 2 or 4 times a power of ten, so that its half is a whole number. */
export function ceilingOf(history: readonly HistoryPoint[]): number {
  const highest = Math.max(4, ...history.flatMap(({ waiting, dead, done }) => [waiting, dead, done]));
  const power = 10 ** Math.floor(Math.log10(highest));
  return power * (highest <= power ? 1 : highest <= 2 * power ? 2 : highest <= 4 * power ? 4 : 10);
}

/** The path of one series through the last 30 minutes; a pause in the points is a gap in the line. */
export function pathOf(history: readonly HistoryPoint[], series: Series, ceiling: number, now: number): string {
  let last = Number.NEGATIVE_INFINITY;
  const steps: string[] = [];
  for (const point of history) {
    if (point.at < now - SPAN_MS) continue;
    const x = WIDTH - ((now - point.at) / SPAN_MS) * WIDTH;
    const y = HEIGHT - (Math.min(point[series], ceiling) / ceiling) * HEIGHT;
    // A point by itself is a line of no length, which round ends make a dot.
    const isNew = point.at - last > GAP_MS;
    steps.push(`${isNew ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}${isNew ? 'h0' : ''}`);
    last = point.at;
  }
  return steps.join('');
}
