import type ts from 'typescript';
import type { Compiler } from './compiler.js';

/** A name of another module as a source knows it. */
export interface Binding {
  /** The name in this source. */
  readonly local: string;
  /** The name in the other module; `*` for all of them. */
  readonly imported: string;
  readonly from: string;
}

/** The names that a source takes from other modules. */
export function bindingsOf(ts: Compiler, { statements }: ts.SourceFile): Binding[] {
  return statements.flatMap(statement => {
    if (ts.isImportDeclaration(statement)) return ofImport(ts, statement);
    if (ts.isVariableStatement(statement))
      return statement.declarationList.declarations.flatMap(one => ofRequire(ts, one));
    return ts.isImportEqualsDeclaration(statement) ? ofImportEquals(ts, statement) : [];
  });
}

function ofImport(ts: Compiler, { importClause, moduleSpecifier }: ts.ImportDeclaration): Binding[] {
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

function ofImportEquals(ts: Compiler, { name, moduleReference }: ts.ImportEqualsDeclaration): Binding[] {
  if (!ts.isExternalModuleReference(moduleReference) || !ts.isStringLiteral(moduleReference.expression)) return [];
  return [{ local: name.text, imported: '*', from: moduleReference.expression.text }];
}

/** `const { Module } = require('@nestjs/common')` */
function ofRequire(ts: Compiler, { name, initializer }: ts.VariableDeclaration): Binding[] {
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
