import type { SignalGraph } from '../inspector/index.js';
import { byDistinctName } from './distinct-names.js';

/** The graph as a flowchart of Mermaid: who sends, what is sent, who receives. Without lines of files: a document of it changes when the signals do. */
export function listMermaid({ signals }: SignalGraph): string {
  const nodes = new Nodes();
  const edges: string[] = [];
  for (const [key, { name, ...of }] of byDistinctName(signals, ({ name: its }) => its)) {
    const { sentBy, sentByRoom, receivers, neverSent, extendedBy } = of;
    const signal = nodes.of('signal', key, `([${quoted(name)}])`);
    if (neverSent) edges.push(`class ${signal} unsent`);
    for (const sender of sentBy) edges.push(`${nodes.of('sender', sender.class)} --> ${signal}`);
    if (sentByRoom) edges.push(`${nodes.of('room', `nestjs-signals (${sentByRoom})`)} --> ${signal}`);
    for (const other of extendedBy) edges.push(`${nodes.of('signal', other, `([${quoted(other)}])`)} -.-> ${signal}`);
    for (const { uid, senders, delivery } of receivers) {
      const label = [delivery, ...(senders.length > 0 ? [senders.join(', ')] : [])].join(': ');
      edges.push(`${signal} -- ${quoted(label)} --> ${nodes.of('receiver', uid, `[/${quoted(uid)}/]`)}`);
    }
  }
  const lines = [...nodes.lines, ...edges, 'classDef unsent stroke-dasharray: 4'];
  return ['flowchart LR', ...lines.map(line => `  ${line}`), ''].join('\n');
}

/** The nodes of a flowchart, each once, with ids that stay as long as their names. */
class Nodes {
  readonly lines: string[] = [];
  private readonly names = new Map<string, string>();

  of(kind: string, name: string, shape = `[${quoted(name)}]`): string {
    const plain = `${kind}_${name.replace(/\W+/g, '_')}`;
    let id = plain;
    for (let count = 2; (this.names.get(id) ?? name) !== name; count++) id = `${plain}_${count}`;
    if (!this.names.has(id)) this.lines.push(id + shape);
    this.names.set(id, name);
    return id;
  }
}

/** A text of Mermaid; what it would read as its own is written as a code. */
function quoted(text: string): string {
  return `"${text.replace(/["#;<>&`\\\r\n]/g, character => `#${character.charCodeAt(0)};`)}"`;
}
