import { useEffect, useMemo, useState } from 'preact/hooks';
import type { GraphSignal } from '../../signal-graph.ts';
import { Announcer, Choice, Empty, Search } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { counted } from '../parts/text.ts';
import { GraphView } from './graph-view.tsx';
import { selectSignals, type SignalFilter, type Which } from './select.ts';
import { SignalCard } from './signal-card.tsx';

const SHAPES = { list: 'List', graph: 'Graph' };
type Shape = keyof typeof SHAPES;
const WHICH: Readonly<Record<Which, string>> = {
  all: 'All',
  'never-sent': 'Never sent',
  'never-received': 'Never received',
};

const EVERYTHING: SignalFilter = { text: '', which: 'all' };

/** `#signals` shows all, `#signals/OrderPlaced` one of them open. */
export function SignalsView({ route: [named = ''] }: { readonly route: readonly string[] }) {
  const { graph } = usePage();
  const [shape, setShape] = useState<Shape>('list');
  const [filter, setFilter] = useState(EVERYTHING);
  useEffect(() => {
    if (named === '') return;
    setShape('list');
    setFilter(EVERYTHING);
  }, [named]);
  const signals = useMemo(() => selectSignals(graph.signals, filter), [graph, filter]);
  const summary = summaryOf(signals);
  return (
    <section class="signals">
      <Bar filter={filter} onFilter={setFilter} shape={shape} onShape={setShape} />
      <p class="counts">{summary}</p>
      <Announcer text={summary} />
      {signals.length === 0 && <NoSignals isEmpty={graph.signals.length === 0} />}
      {shape === 'graph' && signals.length > 0 && <GraphView signals={signals} isSearch={filter.text.trim() !== ''} />}
      {shape === 'list' && <List signals={signals} named={named} />}
    </section>
  );
}

function summaryOf(signals: readonly GraphSignal[]): string {
  const receivers = signals.reduce((sum, signal) => sum + signal.receivers.length, 0);
  return `${counted(signals.length, 'signal')}, ${counted(receivers, 'receiver')}`;
}

interface BarProps {
  readonly filter: SignalFilter;
  readonly onFilter: (filter: SignalFilter) => void;
  readonly shape: Shape;
  readonly onShape: (shape: Shape) => void;
}

function Bar({ filter, onFilter, shape, onShape }: BarProps) {
  return (
    <div class="bar">
      <Search
        label="Search"
        placeholder="signal, receiver, module"
        value={filter.text}
        onValue={text => onFilter({ ...filter, text })}
      />
      <Choice
        label="Which signals"
        value={filter.which}
        options={WHICH}
        onValue={which => onFilter({ ...filter, which })}
      />
      <Choice label="Shape" value={shape} options={SHAPES} onValue={onShape} />
    </div>
  );
}

function List({ signals, named }: { readonly signals: readonly GraphSignal[]; readonly named: string }) {
  return (
    <>
      {signals.map(signal => (
        <SignalCard key={signal.name} signal={signal} isNamed={signal.name === named} isOpen={signals.length <= 3} />
      ))}
    </>
  );
}

function NoSignals({ isEmpty }: { readonly isEmpty: boolean }) {
  if (!isEmpty) return <Empty title="No signal matches" />;
  return (
    <Empty title="No signal">A signal appears here when a module provides it, or a receiver is connected to it.</Empty>
  );
}
