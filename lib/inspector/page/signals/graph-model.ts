import type { GraphSignal } from '../../signal-graph.ts';

export interface GraphNode {
  readonly id: string;
  readonly kind: 'sender' | 'signal' | 'module' | 'receiver';
  readonly label: string;
  readonly detail: string;
  /** Whether nothing sends the signal, or no receiver receives it. */
  readonly isLoose: boolean;
  /** The module that a click opens or closes. */
  readonly module?: string;
}

/** An arrow from what sends to what receives. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly delivery: string;
}

export interface GraphModel {
  readonly senders: readonly GraphNode[];
  readonly signals: readonly GraphNode[];
  /** Each module, followed by its receivers where it is open. */
  readonly receivers: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A function that was connected with `connect()` belongs to no module. */
export const NO_MODULE = 'connect()';

/** Modules, signals and receivers as boxes and arrows; a closed module stands for its receivers. */
export function modelOf(signals: readonly GraphSignal[], closed: ReadonlySet<string>): GraphModel {
  const edges = new Map<string, GraphEdge>();
  const connect = (edge: GraphEdge) => edges.set(JSON.stringify([edge.from, edge.to, edge.delivery]), edge);
  for (const signal of signals) {
    const to = `signal ${signal.name}`;
    for (const sender of sendersOf(signal)) connect({ from: `sender ${sender}`, to, delivery: '' });
    for (const { module = NO_MODULE, uid, delivery } of signal.receivers)
      connect({ from: to, to: closed.has(module) ? `module ${module}` : `receiver ${module} ${uid}`, delivery });
  }
  const senders = [...new Set(signals.flatMap(sendersOf))];
  return {
    senders: senders.map(label => ({ id: `sender ${label}`, kind: 'sender', label, detail: 'sends', isLoose: false })),
    signals: signals.map(signalNode),
    receivers: receiverNodes(signals, closed),
    edges: [...edges.values()],
  };
}

/** The modules that send a signal, or the part of this package that does. */
function sendersOf({ sentByRoom, sentBy }: GraphSignal): string[] {
  return sentByRoom === undefined ? [...new Set(sentBy.map(({ module }) => module))] : [`(${sentByRoom})`];
}

function signalNode({ name, neverSent, receivers }: GraphSignal): GraphNode {
  const detail = neverSent === undefined ? (receivers.length === 0 ? 'no receiver' : '') : 'no sender';
  return { id: `signal ${name}`, kind: 'signal', label: name, detail, isLoose: detail !== '' };
}

function receiverNodes(signals: readonly GraphSignal[], closed: ReadonlySet<string>): GraphNode[] {
  return [...receiversByModule(signals)].flatMap(([module, uids]): GraphNode[] => {
    const shown = closed.has(module) ? [] : [...uids];
    return [
      { id: `module ${module}`, kind: 'module', label: module, detail: String(uids.size), isLoose: false, module },
      ...shown.map(uid => receiverNode(module, uid)),
    ];
  });
}

function receiverNode(module: string, uid: string): GraphNode {
  return { id: `receiver ${module} ${uid}`, kind: 'receiver', label: uid, detail: '', isLoose: false };
}

/** The uids of receivers, by the name of their module, in the order in which the signals name them. */
export function receiversByModule(signals: readonly GraphSignal[]): Map<string, Set<string>> {
  const modules = new Map<string, Set<string>>();
  for (const { receivers } of signals)
    for (const { module = NO_MODULE, uid } of receivers)
      modules.set(module, (modules.get(module) ?? new Set<string>()).add(uid));
  return modules;
}
