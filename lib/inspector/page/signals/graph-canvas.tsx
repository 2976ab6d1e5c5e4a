import { useEffect, useRef, useState } from 'preact/hooks';
import { counted } from '../parts/text.ts';
import { GraphBox } from './graph-box.tsx';
import type { Arrow, Layout } from './graph-layout.ts';

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
          <Arrows layout={layout} active={active} />
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

function Arrows({ layout, active }: { readonly layout: Layout; readonly active: string | undefined }) {
  const { arrows, width, height } = layout;
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

const DELIVERIES = { inline: 'inline', deferred: 'at a moment of the transaction', durable: 'durable' };

/** How an arrow is drawn. */
export function styleOf(delivery: string): string {
  return delivery === '' || delivery === 'inline' || delivery === 'durable' ? delivery : 'deferred';
}

export function Legend() {
  return (
    <ul class="legend">
      {Object.entries(DELIVERIES).map(([style, text]) => (
        <li key={style}>
          <svg class="sample" width="28" height="8" aria-hidden="true">
            <path class={`arrow ${style}`} d="M0 4H28" />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

const ZOOMS = [0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.6];

interface ZoomProps {
  readonly zoom: number;
  readonly onZoom: (zoom: number) => void;
}

export function Zoom({ zoom, onZoom }: ZoomProps) {
  return (
    <div class="choice" role="group" aria-label="Zoom">
      <button type="button" aria-label="Smaller" disabled={zoom === ZOOMS[0]} onClick={() => onZoom(step(zoom, -1))}>
        −
      </button>
      <button type="button" aria-label="Back to 100 %" onClick={() => onZoom(1)}>
        {Math.round(zoom * 100)} %
      </button>
      <button type="button" aria-label="Larger" disabled={zoom === ZOOMS.at(-1)} onClick={() => onZoom(step(zoom, 1))}>
        +
      </button>
    </div>
  );
}

/** The wheel with Ctrl, and two fingers on a touch pad. */
function useWheelZoom(place: { readonly current: HTMLElement | null }, { zoom, onZoom }: ZoomProps): void {
  useEffect(() => {
    const turn = (wheel: WheelEvent) => {
      if (!wheel.ctrlKey) return;
      wheel.preventDefault();
      onZoom(step(zoom, wheel.deltaY > 0 ? -1 : 1));
    };
    const element = place.current;
    element?.addEventListener('wheel', turn, { passive: false });
    return () => element?.removeEventListener('wheel', turn);
  }, [zoom, onZoom]);
}

function step(zoom: number, by: number): number {
  return ZOOMS[ZOOMS.indexOf(zoom) + by] ?? zoom;
}
