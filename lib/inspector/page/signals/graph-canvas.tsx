import { useRef, useState } from 'preact/hooks';
import { counted } from '../parts/text.ts';
import { GraphBox } from './graph-box.tsx';
import type { Arrow, Layout } from './graph-layout.ts';
import { styleOf } from './graph-legend.tsx';
import { useWheelZoom } from './zoom.tsx';

interface CanvasProps {
  readonly layout: Layout;
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
  readonly closed: ReadonlySet<string>;
  readonly toggle: (module: string) => void;
}

/** A part of the graph to scroll in. The box under the pointer, or with the focus, shows its neighbours. */
export function GraphCanvas({ layout, zoom, onZoom, closed, toggle }: CanvasProps) {
  const { boxes, arrows, width, height } = layout;
  const [active, setActive] = useState<string>();
  const place = useRef<HTMLDivElement>(null);
  useWheelZoom(place, { zoom, onZoom });
  const near = neighboursOf(active, arrows);
  const label = `Graph of ${counted(boxes.length, 'box', 'boxes')}`;
  const plane = { width: `${width}px`, height: `${height}px`, transform: `scale(${zoom})` };
  return (
    <div class="canvas" ref={place} tabIndex={0} role="region" aria-label={label}>
      <div class="sheet" style={{ width: `${width * zoom}px`, height: `${height * zoom}px` }}>
        <div class="plane" style={plane}>
          <Arrows arrows={arrows} active={active} width={width} height={height} />
          {boxes.map(box => (
            <GraphBox
              key={box.node.id}
              box={box}
              isFaded={near.size > 0 && !near.has(box.node.id)}
              isOpen={!closed.has(box.node.label)}
              toggle={toggle}
              onActive={setActive}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The box itself, and those that an arrow joins to it. */
function neighboursOf(active: string | undefined, arrows: readonly Arrow[]): ReadonlySet<string> {
  const own = arrows.filter(({ edge: { from, to } }) => from === active || to === active);
  return new Set(own.flatMap(({ edge: { from, to } }) => [from, to]));
}

/** More arrows than this are drawn faintly, so that they do not become one surface. */
const MANY = 100;

interface ArrowsProps {
  readonly arrows: readonly Arrow[];
  readonly active: string | undefined;
  readonly width: number;
  readonly height: number;
}

function Arrows({ arrows, active, width, height }: ArrowsProps) {
  return (
    <svg class={arrows.length > MANY ? 'many' : ''} width={width} height={height} aria-hidden="true">
      {arrows.map(({ edge, path }) => {
        const isNear = edge.from === active || edge.to === active;
        const emphasis = active === undefined ? '' : isNear ? ' near' : ' far';
        return (
          <path
            key={`${edge.from} ${edge.to} ${edge.delivery}`}
            class={`arrow ${styleOf(edge.delivery)}${emphasis}`}
            d={path}
          />
        );
      })}
    </svg>
  );
}
