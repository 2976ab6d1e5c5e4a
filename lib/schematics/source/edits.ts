import type ts from 'typescript';
import { addImports, type NewImport } from './import-lines.js';
import type { Source } from './source.js';

/** A piece of a text, and what stands there afterwards. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes of one source, which are made all at once. */
export class Edits {
  private readonly edits: Edit[] = [];
  private readonly newImports: NewImport[] = [];

  constructor(readonly source: Source) {}

  replace(node: ts.Node, text: string): void {
    this.edits.push({ start: node.getStart(this.source.ast), end: node.getEnd(), text });
  }

  insert(place: number, text: string): void {
    this.edits.push({ start: place, end: place, text });
  }

  remove(start: number, end: number): void {
    this.edits.push({ start, end, text: '' });
  }

  /** Imports a name, unless it has been asked for already. */
  import(name: string, from: string, isType = false): void {
    const isKnown = this.newImports.some(one => one.name === name && one.from === from);
    if (!isKnown) this.newImports.push({ name, from, isType });
  }

  /** Appends to a list that has brackets, in the way in which it is written. */
  append(elements: ts.NodeArray<ts.Node>, open: number, texts: readonly string[]): void {
    const { source } = this;
    const last = elements.at(-1);
    if (last === undefined) return this.insert(open, texts.join(', '));
    const end = source.text.slice(last.getEnd(), source.nextLine(last.getEnd()));
    const rest = /^(,?)([ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*\*\/)?[ \t]*)(?=\r?\n)/.exec(end);
    const lines = texts.map(text => `${source.newline}${source.indentAt(last.getStart(source.ast))}${text}`);
    if (!source.beginsLine(last)) return this.insert(last.getEnd(), texts.map(text => `, ${text}`).join(''));
    if (!rest) return this.insert(last.getEnd(), lines.map(line => `,${line}`).join(''));
    if (!rest[1]) this.insert(last.getEnd(), ',');
    this.insert(last.getEnd() + rest[0].length, `${lines.join(',')}${rest[1]}`);
  }

  /** The changes in the order of the text, those of the imports among them. */
  get all(): readonly Edit[] {
    const all = [...this.edits, ...addImports(this.source, this.newImports, this.edits)];
    return all.sort((one, other) => one.start - other.start || one.end - other.end);
  }

  /** Returns the changed text. */
  apply(): string {
    let place = 0;
    let text = '';
    for (const edit of this.all) {
      text += this.source.text.slice(place, edit.start) + edit.text;
      place = edit.end;
    }
    return text + this.source.text.slice(place);
  }
}
