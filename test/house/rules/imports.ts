import { posix } from 'node:path';
import ts from 'typescript';
import { nodesOf, place, type Source } from '../repository.js';

/** One import of a module by a source: of values at once or when it is asked for, or of types only. */
export interface Import {
  readonly from: Source;
  readonly specifier: string;
  readonly kind: 'value' | 'dynamic' | 'type';
  /** The path of the source that is imported; undefined for a package. */
  readonly target: string | undefined;
  /** `lib/core/signal.ts:12` */
  readonly place: string;
}

export function importsOf(source: Source): Import[] {
  return [...nodesOf(source.ast)].flatMap(node => {
    const found = moduleOf(node);
    if (!found) return [];
    const { specifier, kind } = found;
    return [{ from: source, specifier, kind, target: targetOf(source, specifier), place: place(source, node) }];
  });
}

/** Returns the path of the source that another one imports by a specifier; undefined for a package. */
export function targetOf({ path }: Source, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts') : undefined;
}

/**
 * Returns the module that a node imports, and how. `import { type A }` counts as a value: with `verbatimModuleSyntax`
 * the module is loaded all the same. `declare module './a.js'` counts as an import of types: it changes them.
 */
function moduleOf(node: ts.Node): Pick<Import, 'specifier' | 'kind'> | undefined {
  if (ts.isImportDeclaration(node)) {
    return { specifier: textOf(node.moduleSpecifier), kind: isTypeOnly(node.importClause) ? 'type' : 'value' };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return { specifier: textOf(node.moduleSpecifier), kind: node.isTypeOnly ? 'type' : 'value' };
  }
  if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) return { specifier: node.name.text, kind: 'type' };
  if (ts.isExternalModuleReference(node)) return { specifier: textOf(node.expression), kind: 'value' };
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), kind: 'type' };
  }
  if (!ts.isCallExpression(node) || !node.arguments[0]) return undefined;
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return { specifier: textOf(node.arguments[0]), kind: 'dynamic' };
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
  return isRequire ? { specifier: textOf(node.arguments[0]), kind: 'value' } : undefined;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}

/** The package that a specifier belongs to: `@nestjs/core` of `@nestjs/core/injector`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
