import { addressOf } from '../parts/hooks.ts';
import { visible } from '../parts/text.ts';
import { type Box, BOX_HEIGHT } from './graph-layout.ts';

interface BoxProps {
  readonly box: Box;
  readonly isFaded: boolean;
  readonly isOpen: boolean;
  readonly toggle: (module: string) => void;
  readonly onActive: (id: string | undefined) => void;
}

/** A module opens and closes, a signal leads to its place in the list, the others are text. */
export function GraphBox({ box: { node, x, y, width }, isFaded, isOpen, toggle, onActive }: BoxProps) {
  const { id, kind, label, detail, module, isLoose } = node;
  const common = {
    class: `box ${kind}${isFaded ? ' faded' : ''}${isLoose ? ' loose' : ''}`,
    style: { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${BOX_HEIGHT}px` },
    title: visible(label),
    onMouseEnter: () => onActive(id),
    onMouseLeave: () => onActive(undefined),
    onFocus: () => onActive(id),
    onBlur: () => onActive(undefined),
    children: [
      <bdi class="label">{visible(label)}</bdi>,
      detail !== '' && <span class="detail">{visible(detail)}</span>,
    ],
  };
  if (module !== undefined)
    return <button type="button" {...common} aria-expanded={isOpen} onClick={() => toggle(module)} />;
  if (kind === 'signal') return <a {...common} href={addressOf('signals', label)} />;
  return <div {...common} />;
}
