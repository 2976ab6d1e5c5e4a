import { posix } from 'node:path';
import ts from 'typescript';
import type { Source } from '../../../test/house/repository.ts';
import { docstringOf } from './docstring.ts';

/** A statement that declares a name of a door. */
export type Declared =
  | ts.ClassDeclaration
  | ts.FunctionDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.VariableStatement;

/** A name that a door exports, with all statements that declare it: a function may have overloads. */
export interface Exported {
  readonly name: string;
  readonly source: Source;
  readonly declarations: readonly Declared[];
}

/** The sources of the package, by path. */
export class Sources {
  private readonly byPath: ReadonlyMap<string, Source>;

  constructor(sources: readonly Source[]) {
    this.byPath = new Map(sources.map(source => [source.path, source]));
  }

  /** Returns what a module exports, in the order of names. */
  exportsOf(path: string): Exported[] {
    const source = this.byPath.get(path);
    if (!source) throw new Error(`There is no ${path}.`);
    const found = source.ast.statements.flatMap(statement => this.exportsIn(statement, source));
    return found.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Finds the declaration of a name that a source uses: its own, or one that it imports from the package. */
  find(name: string, source: Source): Exported | undefined {
    const own = declarationsOf(name, source);
    if (own.length > 0) return { name, source, declarations: own };
    const from = source.ast.statements.filter(ts.isImportDeclaration).find(({ importClause }) => {
      const bindings = importClause?.namedBindings;
      return bindings && ts.isNamedImports(bindings) && bindings.elements.some(each => each.name.text === name);
    });
    const path = from && pathOf(from.moduleSpecifier, source);
    return path === undefined ? undefined : this.exportsOf(path).find(each => each.name === name);
  }

  private exportsIn(statement: ts.Statement, source: Source): Exported[] {
    if (!ts.isExportDeclaration(statement)) {
      const name = isExported(statement) ? nameOf(statement) : undefined;
      const declarations = name === undefined ? [] : declarationsOf(name, source);
      return name === undefined || declarations[0] !== statement ? [] : [{ name, source, declarations }];
    }
    const path = statement.moduleSpecifier && pathOf(statement.moduleSpecifier, source);
    if (path === undefined || docstringOf([statement]).isInternal) return [];
    const all = this.exportsOf(path);
    const { exportClause } = statement;
    if (!exportClause || !ts.isNamedExports(exportClause)) return all;
    return exportClause.elements.flatMap(({ name, propertyName = name }) =>
      all.filter(each => each.name === propertyName.text).map(each => ({ ...each, name: name.text })),
    );
  }
}

function pathOf(specifier: ts.Expression, { path }: Source): string | undefined {
  if (!ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return undefined;
  return posix.join(posix.dirname(path), specifier.text.replace(/\.js$/, '.ts'));
}

function declarationsOf(name: string, { ast }: Source): Declared[] {
  const declared = ast.statements.filter(isDeclared).filter(statement => nameOf(statement) === name);
  const overloads = declared.filter(each => !ts.isFunctionDeclaration(each) || !each.body);
  return overloads.length > 0 ? overloads : declared;
}

function isDeclared(node: ts.Node): node is Declared {
  return (
    ts.isClassDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isVariableStatement(node)
  );
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function nameOf(statement: ts.Node): string | undefined {
  if (!isDeclared(statement)) return undefined;
  if (!ts.isVariableStatement(statement)) return statement.name?.text;
  const [declaration] = statement.declarationList.declarations;
  return declaration && ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
}
