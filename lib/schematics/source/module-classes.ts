import type ts from 'typescript';
import type { Edits } from './edits.js';
import { nameOf } from './nodes.js';
import type { Source } from './source.js';

/** A class with `@Module`. */
export interface ModuleClass {
  readonly source: Source;
  readonly node: ts.ClassDeclaration;
  /** The call of `@Module`. */
  readonly call: ts.CallExpression;
}

/** The classes of a source that have `@Module` of Nest, by whatever name the source knows it. */
export function moduleClassesOf(source: Source): ModuleClass[] {
  const { ts } = source;
  return source.ast.statements.filter(ts.isClassDeclaration).flatMap(node => {
    const calls = (ts.getDecorators(node) ?? []).map(({ expression }) => expression).filter(ts.isCallExpression);
    const call = calls.find(({ expression }) => source.isExportOf(expression, 'Module', '@nestjs/common'));
    return call ? [{ source, node, call }] : [];
  });
}

/**
 * Appends elements to a list of `@Module`: `imports`, `providers`.
 *
 * @returns why it cannot be done; undefined where it was.
 */
export function addToModule(
  edits: Edits,
  { source, call }: ModuleClass,
  list: string,
  elements: readonly string[],
): string | undefined {
  const { ts } = source;
  const [argument] = call.arguments;
  const text = `${list}: [${elements.join(', ')}]`;
  if (!argument) {
    edits.insert(call.getEnd() - 1, `{ ${text} }`);
    return undefined;
  }
  const options = source.bare(argument);
  if (!ts.isObjectLiteralExpression(options)) return `the options of @Module are '${argument.getText()}'`;
  const given = options.properties.findLast(one => nameOf(one) === list);
  const spread = options.properties.findLast(ts.isSpreadAssignment);
  if (!given && spread) return `the options of @Module contain '${spread.getText()}', which may have ${list}`;
  if (!given) return insertList(edits, options, text);
  if (spread && spread.pos > given.pos) return `'${spread.getText()}' may replace the ${list}`;
  const value = ts.isPropertyAssignment(given) ? source.bare(given.initializer) : undefined;
  if (!value || !ts.isArrayLiteralExpression(value)) return `the ${list} are '${given.getText()}', and not a list`;
  edits.append(value.elements, value.getStart() + 1, elements);
  return undefined;
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
