import type ts from 'typescript';
import { bindingsOf } from './bindings.js';
import type { Compiler } from './compiler.js';
import { type Files, resolveModule } from './files.js';
import { Source } from './source.js';

/** A declaration, and the source that it is in. */
export interface Declared {
  readonly source: Source;
  readonly node: ts.Declaration;
}

/** The sources of an application, each read once. */
export class Sources {
  private readonly read = new Map<string, Source>();

  constructor(
    readonly ts: Compiler,
    readonly files: Files,
  ) {}

  /** The source at a path; undefined if there is no such file. */
  at(path: string): Source | undefined {
    const known = this.read.get(path);
    if (known) return known;
    const text = this.files.read(path);
    if (text === undefined) return undefined;
    const source = new Source(this.ts, path, text);
    this.read.set(path, source);
    return source;
  }

  /** Finds what a name means in a source, there or in the file of the application that it is imported from. */
  declarationOf(source: Source, name: string, seen: ReadonlySet<Source> = new Set()): Declared | undefined {
    if (seen.has(source)) return undefined;
    const visited = new Set([...seen, source]);
    const node = source.ast.statements
      .flatMap(statement => declarations(this.ts, statement))
      .find(one => names(one, name));
    if (node) return { source, node };
    const binding = bindingsOf(source).find(({ local }) => local === name);
    const ways = binding ? [binding] : this.passedOn(source, name);
    for (const { from, imported } of ways) {
      const path = resolveModule(this.files, source.path, from);
      const other = path === undefined ? undefined : this.at(path);
      const found = other && this.declarationOf(other, imported, visited);
      if (found) return found;
    }
    return undefined;
  }

  /** The modules from which a source exports a name that is not its own. */
  private passedOn({ ast }: Source, name: string): { from: string; imported: string }[] {
    const { ts } = this;
    return ast.statements.filter(ts.isExportDeclaration).flatMap(({ exportClause, moduleSpecifier }) => {
      if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return [];
      const from = moduleSpecifier.text;
      if (!exportClause) return [{ from, imported: name }];
      if (!ts.isNamedExports(exportClause)) return [];
      const one = exportClause.elements.find(element => element.name.text === name);
      return one ? [{ from, imported: (one.propertyName ?? one.name).text }] : [];
    });
  }
}

function declarations(compiler: Compiler, statement: ts.Statement): ts.Declaration[] {
  if (compiler.isVariableStatement(statement)) return [...statement.declarationList.declarations];
  const isOne =
    compiler.isClassDeclaration(statement) ||
    compiler.isEnumDeclaration(statement) ||
    compiler.isInterfaceDeclaration(statement) ||
    compiler.isTypeAliasDeclaration(statement);
  return isOne ? [statement] : [];
}

function names(node: ts.Declaration, name: string): boolean {
  const { name: own, modifiers } = node as ts.ClassDeclaration;
  const isDefault = modifiers?.some(modifier => modifier.getText() === 'default') === true;
  return own?.getText() === name || (name === 'default' && isDefault);
}
