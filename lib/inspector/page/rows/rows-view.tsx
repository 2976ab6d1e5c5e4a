import { Empty } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { count, counted, spanOf } from '../parts/text.ts';

export function RowsView() {
  const { rows } = usePage();
  if (!rows)
    return (
      <Empty title="No changes of rows are sent">
        With pgBoss({'{'} rows: true {'}'}) RowChanged is sent for every committed change, and its lag stands here.
      </Empty>
    );
  const { lagMs, waiting, poisoned } = rows;
  return (
    <section class="rows">
      <dl class="figures">
        <Figure name="Lag" value={waiting === 0 ? '0 ms' : spanOf(lagMs)} tone={lagMs > 10_000 ? 'warn' : ''}>
          {waiting === 0 ? 'every change has been sent' : 'the oldest change waits for so long'}
        </Figure>
        <Figure name="Waiting" value={count(waiting)} tone="">
          {counted(waiting, 'change')} to be sent
        </Figure>
        <Figure name="Set aside" value={count(poisoned)} tone={poisoned > 0 ? 'bad' : ''}>
          {poisoned === 0 ? 'no change is refused' : 'changes that cannot be sent; the log says why (ROW_NOT_SENT)'}
        </Figure>
      </dl>
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly tone: string;
  readonly children: string | readonly string[];
}

function Figure({ name, value, tone, children }: FigureProps) {
  return (
    <div class={`figure ${tone}`}>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{children}</span>
      </dd>
    </div>
  );
}
