import { useMemo, useRef, useState } from 'preact/hooks';
import type { SendRecord } from '../../page-types.ts';
import { Announcer, Choice, Empty, Search } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { count, counted } from '../parts/text.ts';
import type { Stream } from '../stream.ts';
import { EVERYTHING, filterTrees, hasFailed, isFiltering, type Trouble } from './filter.ts';
import { SendList } from './send-tree.tsx';
import { byTransaction, type SendTree, treesOf } from './tree.ts';

const TROUBLE: Readonly<Record<Trouble, string>> = { all: 'All', failed: 'Failed', slow: 'Slow' };
const GROUPINGS = { cause: 'By cause', transaction: 'By transaction' };
type Grouping = keyof typeof GROUPINGS;

/** The most trees that are shown at once. */
const PAGE = 100;

export function NowView() {
  const { stream } = usePage();
  const [filter, setFilter] = useState(EVERYTHING);
  const [grouping, setGrouping] = useState<Grouping>('cause');
  const { sends, hidden, pause } = useSends(stream);
  const trees = useMemo(() => treesOf(sends), [sends]);
  const shown = filterTrees(trees, filter);
  return (
    <section class="now">
      <div class="bar">
        <button type="button" class="primary" aria-pressed={hidden !== undefined} onClick={pause}>
          {hidden !== undefined ? 'Resume' : 'Pause'}
        </button>
        <Search label="Signal" value={filter.signal} onValue={signal => setFilter({ ...filter, signal })} />
        <Search label="Receiver" value={filter.receiver} onValue={receiver => setFilter({ ...filter, receiver })} />
        <Choice
          label="Which sends"
          value={filter.trouble}
          options={TROUBLE}
          onValue={trouble => setFilter({ ...filter, trouble })}
        />
        <Choice label="Grouping" value={grouping} options={GROUPINGS} onValue={setGrouping} />
      </div>
      <Counts sends={sends} hidden={hidden} missed={stream.records.missed} />
      <Sends trees={shown} grouping={grouping} isFiltered={isFiltering(filter) && trees.length > 0} />
    </section>
  );
}

/** The sends of the stream, or, while it is paused, as they were at that moment, and how many are `hidden` since. */
function useSends({ records }: Stream) {
  const [frozen, setFrozen] = useState<readonly SendRecord[]>();
  const live = records.all();
  const last = useRef(live);
  // The list is a new one only if it differs: the trees are made from it.
  if (live.length !== last.current.length || live.some((send, at) => send !== last.current[at])) last.current = live;
  const known = new Set(frozen?.map(({ id }) => id));
  return {
    sends: frozen ?? last.current,
    hidden: frozen && live.filter(({ id }) => !known.has(id)).length,
    pause: () => setFrozen(frozen ? undefined : last.current),
  };
}

interface CountsProps {
  readonly sends: readonly SendRecord[];
  readonly hidden: number | undefined;
  readonly missed: number;
}

function Counts({ sends, hidden, missed }: CountsProps) {
  const failed = sends.filter(hasFailed).length;
  const slow = sends.filter(send => send.slow).length;
  return (
    <div class="counts">
      <p>
        {counted(sends.length, 'send')} · <span class={failed > 0 ? 'failed' : ''}>{count(failed)} failed</span> ·{' '}
        <span class={slow > 0 ? 'slow' : ''}>{count(slow)} slow</span>
        {hidden !== undefined && <span class="note"> · paused, {counted(hidden, 'newer send')}</span>}
        {missed > 0 && (
          <span class="note"> · {count(missed)} not shown: the application sends faster than the page reads</span>
        )}
      </p>
      {/* Every send would be too much to listen to. */}
      <Announcer text={failed === 0 ? '' : counted(failed, 'failed send')} />
    </div>
  );
}

interface SendsProps {
  readonly trees: readonly SendTree[];
  readonly grouping: Grouping;
  readonly isFiltered: boolean;
}

function Sends({ trees, grouping, isFiltered }: SendsProps) {
  const [pages, setPages] = useState(1);
  if (trees.length === 0) return <NoSends isFiltered={isFiltered} />;
  const visible = trees.slice(0, pages * PAGE);
  return (
    <>
      {grouping === 'cause' ? (
        <SendList trees={visible} class="sends" label="Sends, the newest first" />
      ) : (
        <Transactions trees={visible} />
      )}
      {trees.length > visible.length && (
        <button type="button" class="more" onClick={() => setPages(pages + 1)}>
          Show {count(Math.min(PAGE, trees.length - visible.length))} more of {count(trees.length)}
        </button>
      )}
    </>
  );
}

function Transactions({ trees }: { readonly trees: readonly SendTree[] }) {
  return (
    <ol class="sends" aria-label="Transactions, the newest first">
      {byTransaction(trees).map(({ transaction, trees: own }) => (
        <li key={own[0]!.send.id} class={transaction === undefined ? undefined : 'transaction'}>
          {transaction !== undefined && (
            <h2>
              Transaction {transaction} <span class="dim">{counted(own.length, 'send')}</span>
            </h2>
          )}
          <SendList trees={own} class="sends" />
        </li>
      ))}
    </ol>
  );
}

function NoSends({ isFiltered }: { readonly isFiltered: boolean }) {
  const { recording } = usePage();
  if (!recording)
    return <Empty title="Sends are not recorded">This application has `record: false` for this page.</Empty>;
  if (isFiltered) return <Empty title="No send matches">Other sends are there: change the filter to see them.</Empty>;
  return (
    <Empty title="No send yet">
      Sends are recorded while this page is open. Use the application, and what its signals do appears here.
    </Empty>
  );
}
