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
export function GraphBox({ box, isFaded, isOpen, toggle, onActive }: BoxProps) {
  const { kind, label, module } = box.node;
  const common = { ...lookOf(box, isFaded), ...activation(box.node.id, onActive), children: <Content box={box} /> };
  if (module !== undefined)
    return <button type="button" {...common} aria-expanded={isOpen} onClick={() => toggle(module)} />;
  if (kind === 'signal') return <a {...common} href={addressOf('signals', label)} />;
  return <div {...common} />;
}

function lookOf({ node: { kind, label, isLoose }, x, y, width }: Box, isFaded: boolean) {
  return {
    class: `box ${kind}${isFaded ? ' faded' : ''}${isLoose ? ' loose' : ''}`,
    style: { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${BOX_HEIGHT}px` },
    title: visible(label),
  };
}

function activation(id: string, onActive: BoxProps['onActive']) {
  return {
    onMouseEnter: () => onActive(id),
    onMouseLeave: () => onActive(undefined),
    onFocus: () => onActive(id),
    onBlur: () => onActive(undefined),
  };
}

function Content({
  box: {
    node: { label, detail },
  },
}: Pick<BoxProps, 'box'>) {
  return (
    <>
      <bdi class="label">{visible(label)}</bdi>
      {detail !== '' && <span class="detail">{visible(detail)}</span>}
    </>
  );
}
