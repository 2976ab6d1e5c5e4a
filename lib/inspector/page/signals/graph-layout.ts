import type { GraphEdge, GraphModel, GraphNode } from './graph-model.ts';

const BOX_WIDTH = 250;
export const BOX_HEIGHT = 30;
const STEP = BOX_HEIGHT + 8;
/** Between the columns: room for the arrows. */
const AISLE = 120;
const INDENT = 16;

export interface Box {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface Arrow {
  readonly edge: GraphEdge;
  readonly path: string;
}

export interface Layout {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly width: number;
  readonly height: number;
}

/** Three columns: senders, signals, receivers by module. What is connected stands side by side, as far as there is room. */
export function layoutOf(model: GraphModel): Layout {
  const { senders, signals, receivers, edges } = model;
  const boxes = new Map<string, Box>();
  const place = (node: GraphNode, column: number, y: number) => {
    const indent = node.kind === 'receiver' ? INDENT : 0;
    const x = column * (BOX_WIDTH + AISLE) + indent;
    boxes.set(node.id, { node, x, y, width: BOX_WIDTH - indent });
  };
  const rows = Math.max(1, senders.length, signals.length, receivers.length);
  const step = Math.min(rows / Math.max(1, signals.length), WIDEST) * STEP;
  bySender(model).forEach((node, row) => place(node, 1, row * step));
  for (const [column, blocks] of [
    [0, senders.map(node => [node])],
    [2, modulesOf(receivers)],
  ] as const) {
    for (const { block, y } of stacked(blocks, edges, boxes, rows * STEP)) {
      block.forEach((node, row) => place(node, column, y + row * STEP));
    }
  }
  return {
    boxes: [...boxes.values()],
    arrows: edges.flatMap(edge => arrowOf(edge, boxes)),
    width: 3 * BOX_WIDTH + 2 * AISLE,
    height: rows * STEP,
  };
}

/** Signals are at most so many rows apart. */
const WIDEST = 3;

/** The part of the free height that stands between blocks in any case. */
const SPREAD = 0.8;

/** Each block with its middle at the mean height of what it is connected to; none upon another, none below the height. */
function stacked(
  blocks: readonly (readonly GraphNode[])[],
  edges: readonly GraphEdge[],
  boxes: ReadonlyMap<string, Box>,
  height: number,
) {
  const heights = heightsOf(edges, boxes);
  const meant = blocks
    .map(block => ({ block, near: block.flatMap(({ id }) => heights.get(id) ?? []) }))
    .map(({ block, near }) => ({ block, middle: meanOf(near, height) }))
    .sort((one, other) => one.middle - other.middle);
  const total = blocks.flat().length * STEP;
  // Where all are connected to all, every block is meant for the middle: they share most of the room that is left.
  const margin = (SPREAD * Math.max(0, height - total)) / Math.max(1, blocks.length);
  let rest = total + margin * blocks.length;
  let free = 0;
  return meant.map(({ block, middle }) => {
    const size = block.length * STEP + margin;
    const y = Math.min(Math.max(free, middle - (size - STEP) / 2), height - rest);
    rest -= size;
    free = y + size;
    return { block, y: y + margin / 2 };
  });
}

function meanOf(values: readonly number[], otherwise: number): number {
  return values.length === 0 ? otherwise : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function arrowOf(edge: GraphEdge, boxes: ReadonlyMap<string, Box>): Arrow[] {
  const from = boxes.get(edge.from);
  const to = boxes.get(edge.to);
  if (!from || !to) return [];
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + BOX_HEIGHT / 2, to.x, to.y + BOX_HEIGHT / 2];
  const bend = (x2 - x1) / 2;
  return [{ edge, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 1} ${y2}` }];
}

/** The signals of one sender together; those of none last. */
function bySender({ signals, senders, edges }: GraphModel): readonly GraphNode[] {
  const rank = new Map(senders.map(({ id }, at) => [id, at]));
  const first = new Map<string, number>();
  for (const { from, to } of edges) {
    const at = rank.get(from);
    if (at !== undefined) first.set(to, Math.min(at, first.get(to) ?? at));
  }
  const of = ({ id }: GraphNode) => first.get(id) ?? senders.length;
  return [...signals].sort((one, other) => of(one) - of(other));
}

/** Each module with its receivers. */
function modulesOf(receivers: readonly GraphNode[]): GraphNode[][] {
  const modules: GraphNode[][] = [];
  for (const node of receivers) {
    if (node.kind === 'module') modules.push([node]);
    else modules.at(-1)?.push(node);
  }
  return modules;
}

/** The heights of all that a box is connected to, by its id. */
function heightsOf(
  edges: readonly GraphEdge[],
  boxes: ReadonlyMap<string, { readonly y: number }>,
): ReadonlyMap<string, readonly number[]> {
  const heights = new Map<string, number[]>();
  const add = (own: string, other: string) => {
    const box = boxes.get(other);
    if (box) heights.set(own, [...(heights.get(own) ?? []), box.y]);
  };
  for (const { from, to } of edges) {
    add(from, to);
    add(to, from);
  }
  return heights;
}
