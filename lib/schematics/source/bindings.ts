import type ts from 'typescript';
import type { Source } from './source.js';

/** A name of another module as a source knows it. */
export interface Binding {
  /** The name in this source. */
  readonly local: string;
  /** The name in the other module; `*` for all of them. */
  readonly imported: string;
  readonly from: string;
}

/** The names that a source takes from other modules. */
export function bindingsOf(source: Source): readonly Binding[] {
  const { ts } = source;
  return source.ast.statements.flatMap(statement => {
    if (ts.isImportDeclaration(statement)) return ofImport(source, statement);
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(one => ofRequire(source, one));
    return ts.isImportEqualsDeclaration(statement) ? ofImportEquals(source, statement) : [];
  });
}

/** The name under which a source knows what a module exports, if it imports it by that name. */
export function localNameOf(source: Source, imported: string, from: string): string | undefined {
  return bindingsOf(source).find(binding => binding.imported === imported && binding.from === from)?.local;
}

/** Whether an expression is what a module exports: by its name here, or as a member of the whole module. */
export function isExportOf(source: Source, node: ts.Expression, imported: string, from: string): boolean {
  const { ts } = source;
  const known = (local: string, name: string) =>
    bindingsOf(source).some(it => it.local === local && it.imported === name && it.from === from);
  if (ts.isIdentifier(node)) return known(node.text, imported);
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return false;
  return node.name.text === imported && known(node.expression.text, '*');
}

function ofImport({ ts }: Source, { importClause, moduleSpecifier }: ts.ImportDeclaration): Binding[] {
  if (!importClause || !ts.isStringLiteral(moduleSpecifier)) return [];
  const from = moduleSpecifier.text;
  const { name, namedBindings } = importClause;
  const whole = name ? [{ local: name.text, imported: 'default', from }] : [];
  if (!namedBindings) return whole;
  if (ts.isNamespaceImport(namedBindings)) return [...whole, { local: namedBindings.name.text, imported: '*', from }];
  const named = namedBindings.elements.map(element => {
    return { local: element.name.text, imported: (element.propertyName ?? element.name).text, from };
  });
  return [...whole, ...named];
}

function ofImportEquals({ ts }: Source, { name, moduleReference }: ts.ImportEqualsDeclaration): Binding[] {
  if (!ts.isExternalModuleReference(moduleReference) || !ts.isStringLiteral(moduleReference.expression)) return [];
  return [{ local: name.text, imported: '*', from: moduleReference.expression.text }];
}

/** `const { Module } = require('@nestjs/common')` */
function ofRequire({ ts }: Source, { name, initializer }: ts.VariableDeclaration): Binding[] {
  if (!initializer || !ts.isCallExpression(initializer) || initializer.expression.getText() !== 'require') return [];
  const [argument] = initializer.arguments;
  if (!argument || !ts.isStringLiteral(argument)) return [];
  const from = argument.text;
  if (ts.isIdentifier(name)) return [{ local: name.text, imported: '*', from }];
  if (!ts.isObjectBindingPattern(name)) return [];
  return name.elements.map(element => {
    return { local: element.name.getText(), imported: (element.propertyName ?? element.name).getText(), from };
  });
}
