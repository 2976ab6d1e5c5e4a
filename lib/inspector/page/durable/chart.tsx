import type { HistoryPoint } from '../../page-types.ts';
import { count } from '../parts/text.ts';
import { ceilingOf, HEIGHT, pathOf, type Series, WIDTH } from './chart-lines.ts';

const SERIES: Readonly<Record<Series, string>> = {
  waiting: 'waiting',
  dead: 'dead',
  done: 'delivered in 10 s',
};

const NAMES = Object.keys(SERIES) as Series[];

export function Chart({ history }: { readonly history: readonly HistoryPoint[] }) {
  const newest = history.at(-1);
  return (
    <section class="panel chart" aria-labelledby="chart-title">
      <h2 id="chart-title">Last 30 minutes</h2>
      <Plot history={history} />
      <p class="x-axis" aria-hidden="true">
        <span>30 min ago</span>
        <span>now</span>
      </p>
      <ul class="legend">
        {NAMES.map(series => (
          <li key={series}>
            <span class={`key ${series}`} aria-hidden="true" />
            {SERIES[series]} <strong>{newest ? count(newest[series]) : '–'}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Plot({ history }: { readonly history: readonly HistoryPoint[] }) {
  const newest = history.at(-1);
  const ceiling = ceilingOf(history);
  return (
    <div class="plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary(history)}>
        {[0, 0.5, 1].map(part => (
          <line key={part} class="grid" x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} />
        ))}
        {newest &&
          NAMES.map(series => (
            <path key={series} class={`line ${series}`} d={pathOf(history, series, ceiling, newest.at)} />
          ))}
      </svg>
      <span class="y-top">{count(ceiling)}</span>
      <span class="y-middle">{count(ceiling / 2)}</span>
      <span class="y-bottom">0</span>
      {!newest && <span class="plot-empty">Points appear every 10 s while a page is open.</span>}
    </div>
  );
}

function summary(history: readonly HistoryPoint[]): string {
  const newest = history.at(-1);
  if (!newest) return 'Chart of the last 30 minutes, without a point yet';
  const most = Math.max(...history.map(({ waiting }) => waiting));
  return (
    `Chart of the last 30 minutes: ${count(newest.waiting)} waiting now, ${count(most)} at most, ` +
    `${count(newest.dead)} dead, ${count(newest.done)} delivered in the last 10 seconds`
  );
}
