import { useEffect, useMemo, useState } from 'preact/hooks';
import type { GraphSignal } from '../../signal-graph.ts';
import { GraphCanvas, Legend, Zoom } from './graph-canvas.tsx';
import { layoutOf } from './graph-layout.ts';
import { modelOf, receiversByModule } from './graph-model.ts';

interface GraphProps {
  readonly signals: readonly GraphSignal[];
  /** Whether a search has chosen them: what it finds is shown open where that can be read. */
  readonly isSearch: boolean;
}

export function GraphView({ signals, isSearch }: GraphProps) {
  const { modules, closed, close, toggle } = useModules(signals, isSearch);
  const [zoom, setZoom] = useState(1);
  const layout = useMemo(() => layoutOf(modelOf(signals, closed)), [signals, closed]);
  return (
    <div class="panel graph">
      <div class="bar">
        <button type="button" onClick={() => close([])}>
          Open all modules
        </button>
        <button type="button" onClick={() => close(modules)}>
          Close all
        </button>
        <Zoom zoom={zoom} onZoom={setZoom} />
        <Legend />
      </div>
      <GraphCanvas layout={layout} zoom={zoom} onZoom={setZoom} closed={closed} toggle={toggle} />
    </div>
  );
}

/** With more receivers than this, modules are closed until they are opened. */
const READABLE = 40;

function useModules(signals: readonly GraphSignal[], isSearch: boolean) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  useEffect(() => setChosen(undefined), [isSearch]);
  const byDefault = useMemo(() => {
    const modules = receiversByModule(signals);
    const total = [...modules.values()].reduce((sum, uids) => sum + uids.size, 0);
    return { modules: [...modules.keys()], closed: new Set(total > READABLE ? modules.keys() : []) };
  }, [signals]);
  const closed = chosen ?? byDefault.closed;
  return {
    modules: byDefault.modules,
    closed,
    close: (modules: readonly string[]) => setChosen(new Set(modules)),
    toggle: (module: string) => {
      const next = new Set(closed);
      if (!next.delete(module)) next.add(module);
      setChosen(next);
    },
  };
}
