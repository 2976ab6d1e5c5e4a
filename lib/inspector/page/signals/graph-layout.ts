import type { GraphEdge, GraphModel, GraphNode } from './graph-model.ts';

export const BOX_WIDTH = 250;
export const BOX_HEIGHT = 30;
const GAP = 8;
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

/** Three columns: senders, signals, receivers by module. Each column is put in the order of what it is connected to, so that arrows cross little. */
export function layoutOf({ senders, signals, receivers, edges }: GraphModel): Layout {
  const boxes = new Map<string, Box>();
  const place = (nodes: readonly GraphNode[], column: number) =>
    nodes.forEach((node, row) => {
      const indent = node.kind === 'receiver' ? INDENT : 0;
      const x = column * (BOX_WIDTH + AISLE) + indent;
      boxes.set(node.id, { node, x, y: row * (BOX_HEIGHT + GAP), width: BOX_WIDTH - indent });
    });
  const middle = bySender(signals, senders, edges);
  place(middle, 1);
  place(
    byNeighbour(
      senders.map(node => [node]),
      edges,
      boxes,
    ).flat(),
    0,
  );
  place(byNeighbour(modulesOf(receivers), edges, boxes).flat(), 2);
  const rows = Math.max(senders.length, signals.length, receivers.length);
  return {
    boxes: [...boxes.values()],
    arrows: edges.flatMap(edge => arrowOf(edge, boxes)),
    width: 3 * BOX_WIDTH + 2 * AISLE,
    height: Math.max(1, rows) * (BOX_HEIGHT + GAP) - GAP,
  };
}

/** The signals of one sender together; those of none last. */
function bySender(
  signals: readonly GraphNode[],
  senders: readonly GraphNode[],
  edges: readonly GraphEdge[],
): readonly GraphNode[] {
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

/** The blocks by the mean height of what they are connected to. */
function byNeighbour(
  blocks: readonly (readonly GraphNode[])[],
  edges: readonly GraphEdge[],
  boxes: ReadonlyMap<string, Box>,
): readonly (readonly GraphNode[])[] {
  const heights = new Map<string, number[]>();
  for (const { from, to } of edges) {
    for (const [own, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const box = boxes.get(other);
      if (box) heights.set(own, [...(heights.get(own) ?? []), box.y]);
    }
  }
  const meanOf = (block: readonly GraphNode[]) => {
    const all = block.flatMap(({ id }) => heights.get(id) ?? []);
    return all.length === 0 ? Number.MAX_SAFE_INTEGER : all.reduce((sum, y) => sum + y, 0) / all.length;
  };
  return blocks
    .map(block => ({ block, mean: meanOf(block) }))
    .sort((one, other) => one.mean - other.mean)
    .map(({ block }) => block);
}

function arrowOf(edge: GraphEdge, boxes: ReadonlyMap<string, Box>): Arrow[] {
  const from = boxes.get(edge.from);
  const to = boxes.get(edge.to);
  if (!from || !to) return [];
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + BOX_HEIGHT / 2, to.x, to.y + BOX_HEIGHT / 2];
  const bend = (x2 - x1) / 2;
  return [{ edge, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2 - 1} ${y2}` }];
}
