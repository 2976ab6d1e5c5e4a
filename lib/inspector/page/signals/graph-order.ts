import type { GraphEdge, GraphNode } from './graph-model.ts';

/** The signals of one sender together; those of none last. */
export function bySender(
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
export function modulesOf(receivers: readonly GraphNode[]): GraphNode[][] {
  const modules: GraphNode[][] = [];
  for (const node of receivers) {
    if (node.kind === 'module') modules.push([node]);
    else modules.at(-1)?.push(node);
  }
  return modules;
}

/** The heights of all that a box is connected to, by its id. */
export function heightsOf(
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
