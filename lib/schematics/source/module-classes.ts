import type ts from 'typescript';
import { isExportOf } from './bindings.js';
import type { Edits } from './edits.js';
import type { Source } from './source.js';

/** A class with `@Module`. */
export interface ModuleClass {
  readonly name: string | undefined;
  readonly isDefault: boolean;
  readonly call: ts.CallExpression;
}

/** The classes of a source that have `@Module` of Nest, by whatever name the source knows it. */
export function moduleClassesOf(source: Source): ModuleClass[] {
  const { ts } = source;
  return source.ast.statements.filter(ts.isClassDeclaration).flatMap(node => {
    const calls = (ts.getDecorators(node) ?? []).map(({ expression }) => expression).filter(ts.isCallExpression);
    const call = calls.find(({ expression }) => isExportOf(source, expression, 'Module', '@nestjs/common'));
    const isDefault = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true;
    return call ? [{ name: node.name?.text, isDefault, call }] : [];
  });
}

/**
 * Appends elements to a list of `@Module`: `imports`, `providers`.
 *
 * @returns why it cannot be done; undefined where it was.
 */
export function addToModule(
  edits: Edits,
  { call }: ModuleClass,
  list: string,
  elements: readonly string[],
): string | undefined {
  const { source } = edits;
  const [argument] = call.arguments;
  if (!argument) {
    edits.insert(call.getEnd() - 1, `{ ${list}: [${elements.join(', ')}] }`);
    return undefined;
  }
  const options = source.bare(argument);
  if (!source.ts.isObjectLiteralExpression(options)) return `the options of @Module are '${argument.getText()}'`;
  return addToOptions(edits, options, list, elements);
}

function addToOptions(
  edits: Edits,
  options: ts.ObjectLiteralExpression,
  list: string,
  elements: readonly string[],
): string | undefined {
  const { source } = edits;
  const { ts } = source;
  const given = options.properties.findLast(({ name }) => name !== undefined && nameOf(source, name) === list);
  const spread = options.properties.findLast(ts.isSpreadAssignment);
  if (!given && spread) return `the options of @Module contain '${spread.getText()}', which may have ${list}`;
  if (!given) return insertList(edits, options, `${list}: [${elements.join(', ')}]`);
  if (spread && spread.pos > given.pos) return `'${spread.getText()}' may replace the ${list}`;
  const value = ts.isPropertyAssignment(given) ? source.bare(given.initializer) : undefined;
  if (!value || !ts.isArrayLiteralExpression(value)) return `the ${list} are '${given.getText()}', and not a list`;
  edits.append(value.elements, value.getStart() + 1, elements);
  return undefined;
}

function nameOf({ ts }: Source, name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : undefined;
}

/** Imports come first, as in the modules that Nest generates, and other lists last. */
function insertList(edits: Edits, options: ts.ObjectLiteralExpression, text: string): undefined {
  const { source } = edits;
  const [first] = options.properties;
  const open = options.getStart() + 1;
  if (!first) edits.insert(open, ` ${text} `);
  else if (!text.startsWith('imports')) edits.append(options.properties, open, [text]);
  else if (source.beginsLine(first))
    edits.insert(open, `${source.newline}${source.indentAt(first.getStart())}${text},`);
  else edits.insert(open, ` ${text},`);
}
