import { useEffect } from 'preact/hooks';

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
export function useWheelZoom(place: { readonly current: HTMLElement | null }, { zoom, onZoom }: ZoomProps): void {
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
