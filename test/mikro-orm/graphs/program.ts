import type { Random } from '../random/random.js';

/** One step of a program. Entities are named by their labels, which are the same wherever the program is played. */
export type Step =
  | { readonly does: 'create' | 'rename' | 'remove' | 'empty'; readonly label: string; readonly property?: string }
  | {
      readonly does: 'link' | 'add' | 'takeOut';
      readonly label: string;
      readonly property: string;
      readonly to: string | null;
    };

interface Shape {
  /** To-one relations with the kind that they lead to. */
  readonly links: Readonly<Record<string, string>>;
  readonly required: readonly string[];
  readonly collections: Readonly<Record<string, string>>;
}

const shape = (links = {}, collections = {}, required: readonly string[] = []): Shape => ({
  ...{ links, collections, required },
});

export const SHAPES: Readonly<Record<string, Shape>> = {
  leaf: shape(),
  node: shape({ next: 'node', parent: 'node', leaf: 'leaf' }, { children: 'node', tags: 'tag' }),
  tag: shape({}, { nodes: 'node' }),
  keyed: shape({ leaf: 'leaf', node: 'node', up: 'keyed' }, {}, ['leaf']),
  left: shape({ right: 'right' }),
  right: shape({ left: 'left', keyed: 'keyed' }),
  box: shape({ lid: 'lid' }, { things: 'thing' }),
  thing: shape({ box: 'box', node: 'node' }, {}, ['box']),
  lid: shape({ box: 'box' }),
};

export const kindOf = (label: string): string => label.replace(/\d+$/, '');

/** Writes one unit of work of a program. */
export class Writer {
  private last = 0;

  constructor(private readonly random: Random) {}

  /** @param alive - the labels of what is stored. */
  write(alive: readonly string[]): Step[] {
    const { random } = this;
    const labels = [...alive];
    const steps: Step[] = [];
    for (let count = random.below(10) + 2; count > 0; count--) {
      const kind = random.one(Object.keys(SHAPES));
      const isNew = random.chance(0.5) || labels.length === 0;
      if (isNew) this.create(kind, labels, steps);
      else this.change(random.one(labels), labels, steps);
    }
    return steps;
  }

  private create(kind: string, labels: string[], steps: Step[]): string {
    const label = `${kind}${++this.last}`;
    steps.push({ does: 'create', label });
    for (const property of SHAPES[kind]!.required) {
      steps.push({ does: 'link', label, property, to: this.target(SHAPES[kind]!.links[property]!, labels, steps) });
    }
    labels.push(label);
    const { random } = this;
    for (const property of random.some(Object.keys(SHAPES[kind]!.links), 0.4))
      this.link(label, property, labels, steps);
    return label;
  }

  private change(label: string, labels: string[], steps: Step[]): void {
    const { random } = this;
    const { links, collections } = SHAPES[kindOf(label)]!;
    if (random.chance(0.1)) return void steps.push({ does: 'remove', label: this.gone(label, labels) });
    if (random.chance(0.2)) return void steps.push({ does: 'rename', label });
    const [link, collection] = [Object.keys(links), Object.keys(collections)];
    if (link.length > 0 && random.chance(0.6)) return this.link(label, random.one(link), labels, steps);
    if (collection.length > 0) this.collect(label, random.one(collection), labels, steps);
  }

  private link(label: string, property: string, labels: string[], steps: Step[]): void {
    const { links, required } = SHAPES[kindOf(label)]!;
    const isEmpty = !required.includes(property) && this.random.chance(0.25);
    steps.push({ does: 'link', label, property, to: isEmpty ? null : this.target(links[property]!, labels, steps) });
  }

  private collect(label: string, property: string, labels: string[], steps: Step[]): void {
    const does = this.random.one(['add', 'add', 'takeOut', 'empty'] as const);
    if (does === 'empty') return void steps.push({ does, label, property });
    const to = this.target(SHAPES[kindOf(label)]!.collections[property]!, labels, steps);
    steps.push({ does, label, property, to });
  }

  /** One that is there, or a new one. */
  private target(kind: string, labels: string[], steps: Step[]): string {
    const there = labels.filter(label => kindOf(label) === kind);
    const isNew = there.length === 0 || this.random.chance(0.4);
    return isNew ? this.create(kind, labels, steps) : this.random.one(there);
  }

  private gone(label: string, labels: string[]): string {
    labels.splice(labels.indexOf(label), 1);
    return label;
  }
}
