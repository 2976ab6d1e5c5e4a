import type ts from 'typescript';
import type { Source } from './source.js';

/** A name that a source is to import. */
export interface NewImport {
  readonly name: string;
  readonly from: string;
  readonly isType: boolean;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Returns the changes that import names: into the braces of an import of that module, or as lines below the imports. */
export function addImports(source: Source, names: readonly NewImport[], others: readonly Edit[]): Edit[] {
  const edits: Edit[] = [];
  const lines: string[] = [];
  for (const [from, asked] of Map.groupBy(names, ({ from: module }) => module)) {
    const missing = asked.filter(({ name }) => !isImported(source, name, from));
    if (missing.length === 0) continue;
    const list = missing.map(({ name, isType }) => (isType ? `type ${name}` : name)).sort(byName);
    const braces = bracesOf(source, from, others);
    if (braces) edits.push(inBraces(source, braces, list));
    else lines.push(lineOf(source, from, missing, list));
  }
  if (lines.length > 0) edits.push(below(source, lines));
  return edits;
}

function byName(one: string, other: string): number {
  return one.replace('type ', '').localeCompare(other.replace('type ', ''));
}

function lineOf(
  { quote, semicolon }: Source,
  from: string,
  names: readonly NewImport[],
  list: readonly string[],
): string {
  const isTypes = names.every(({ isType }) => isType);
  const inside = isTypes ? names.map(({ name }) => name).join(', ') : list.join(', ');
  return `import ${isTypes ? 'type ' : ''}{ ${inside} } from ${quote}${from}${quote}${semicolon}`;
}

function isImported(source: Source, name: string, from: string): boolean {
  return namedImports(source, from).some(({ elements }) =>
    elements.some(one => !one.propertyName && one.name.text === name),
  );
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

/** The braces that names can be put into: not empty, and not changed in another way. */
function bracesOf(source: Source, from: string, others: readonly Edit[]): ts.NamedImports | undefined {
  return namedImports(source, from).find(
    ({ pos, end, elements }) => elements.length > 0 && !others.some(edit => edit.start < end && edit.end > pos),
  );
}

function inBraces(source: Source, { elements }: ts.NamedImports, list: readonly string[]): Edit {
  const last = elements.at(-1)!;
  const separator = source.beginsLine(last) ? `${source.newline}${source.indentAt(last.getStart(source.ast))}` : ' ';
  return { start: last.getEnd(), end: last.getEnd(), text: list.map(name => `,${separator}${name}`).join('') };
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

function isAtTop(compiler: Source['ts'], statement: ts.Statement): boolean {
  const isDirective = compiler.isExpressionStatement(statement) && compiler.isStringLiteral(statement.expression);
  return isDirective || compiler.isImportDeclaration(statement) || compiler.isImportEqualsDeclaration(statement);
}
