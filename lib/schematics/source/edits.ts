import type ts from 'typescript';
import { getOrInsert } from '../../core/index.js';
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
  /** The names that are to be imported, by the module that they come from. */
  private readonly newImports = new Map<string, Set<string>>();

  constructor(readonly source: Source) {}

  change(start: number, end: number, text: string): void {
    this.edits.push({ start, end, text });
  }

  replace(node: ts.Node, text: string): void {
    this.change(node.getStart(), node.getEnd(), text);
  }

  insert(place: number, text: string): void {
    this.change(place, place, text);
  }

  import(name: string, from: string): void {
    getOrInsert(this.newImports, from, () => new Set()).add(name);
  }

  /** Appends to a list that has brackets, in the way in which it is written. */
  append(elements: ts.NodeArray<ts.Node>, open: number, texts: readonly string[]): void {
    const { source } = this;
    const last = elements.at(-1);
    if (last === undefined) return this.insert(open, texts.join(', '));
    const end = source.text.slice(last.getEnd(), source.nextLine(last.getEnd()));
    const rest = /^(,?)([ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*\*\/)?[ \t]*)(?=\r?\n)/.exec(end);
    const lines = texts.map(text => `${source.newline}${source.indentAt(last.getStart())}${text}`);
    if (!source.beginsLine(last)) return this.insert(last.getEnd(), texts.map(text => `, ${text}`).join(''));
    if (!rest) return this.insert(last.getEnd(), lines.map(line => `,${line}`).join(''));
    if (!rest[1]) this.insert(last.getEnd(), ',');
    this.insert(last.getEnd() + rest[0].length, `${lines.join(',')}${rest[1]}`);
  }

  /** The changes in the order of the text, those of the imports among them. */
  get all(): readonly Edit[] {
    const all = [...this.edits, ...this.imports()];
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

  /** Imports names: into the braces of an import of their module, or as lines below the imports. */
  private imports(): Edit[] {
    const { source } = this;
    const edits: Edit[] = [];
    const lines: string[] = [];
    for (const [from, names] of this.newImports) {
      const lists = namedImports(source, from);
      const known = lists.flatMap(({ elements }) =>
        elements.filter(one => !one.propertyName).map(({ name }) => name.text),
      );
      const missing = [...names.difference(new Set(known))].sort((one, other) => one.localeCompare(other));
      if (missing.length === 0) continue;
      const braces = lists.find(list => list.elements.length > 0 && !this.isChanged(list));
      if (braces) edits.push(inBraces(source, braces, missing));
      else lines.push(source.importLine(`{ ${missing.join(', ')} }`, from));
    }
    return lines.length > 0 ? [...edits, below(source, lines)] : edits;
  }

  private isChanged({ pos, end }: ts.Node): boolean {
    return this.edits.some(edit => edit.start < end && edit.end > pos);
  }
}

function namedImports({ ts, imports }: Source, from: string): ts.NamedImports[] {
  return imports.flatMap(({ importClause, moduleSpecifier }) => {
    const bindings = importClause?.namedBindings;
    const isFrom = ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text === from;
    return isFrom && bindings && ts.isNamedImports(bindings) && !/^type\b/.test(importClause.getText())
      ? [bindings]
      : [];
  });
}

function inBraces(source: Source, { elements }: ts.NamedImports, names: readonly string[]): Edit {
  const last = elements.at(-1)!;
  const separator = source.beginsLine(last) ? `${source.newline}${source.indentAt(last.getStart())}` : ' ';
  return { start: last.getEnd(), end: last.getEnd(), text: names.map(name => `,${separator}${name}`).join('') };
}

/** Below the imports that a source begins with, or at its top. */
function below(source: Source, lines: readonly string[]): Edit {
  const { newline, ts } = source;
  const text = lines.join(newline);
  const { statements } = source.ast;
  const after = statements.findIndex(one => !isAtTop(ts, one));
  const last = statements[(after < 0 ? statements.length : after) - 1];
  if (!last) {
    const top = /^\uFEFF?(?:#!.*\r?\n)?/.exec(source.text)?.[0].length ?? 0;
    return { start: top, end: top, text: `${text}${newline}${newline}` };
  }
  const place = source.nextLine(last.getEnd());
  const isOpen = !source.text.slice(0, place).endsWith('\n');
  return { start: place, end: place, text: isOpen ? `${newline}${text}` : `${text}${newline}` };
}

function isAtTop(ts: Source['ts'], statement: ts.Statement): boolean {
  const isDirective = ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
  return isDirective || ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement);
}
