import type ts from 'typescript';
import { type Source, TEST_FILE } from '../source/index.js';
import { type Field, type Found, MODULES } from './found.js';
import { ANY_TOPIC, type Topic, topicOf } from './topics.js';

const CLASS = 'EventEmitter2';

/** Methods whose first argument is a name. */
const NAMED =
  /^(?:emit|emitAsync|on|once|off|many|addListener|removeListener|prepend(?:Listener|OnceListener|Many)|waitFor|listenerCount|listeners|hasListeners|removeAllListeners)$/;
const HARMLESS = /^[gs]etMaxListeners$/;

/** Finds what a source sends, through properties that its constructors make. */
export function findSendings(source: Source, found: Found): void {
  const fields = fieldsOf(source);
  found.fields.push(...fields);
  const references = TEST_FILE.test(source.path) ? [] : [...source.nodes()].filter(node => isReference(source, node));
  for (const node of references) {
    if (fields.some(({ parameter }) => isInside(node, parameter))) continue;
    const [name, why] = isNamed(source, node)
      ? [CLASS, 'not as a parameter property']
      : [node.getText(), `not imported as { ${CLASS} }`];
    found.leaveAlone(source.placeOf(node), ANY_TOPIC, `${name} is used, and ${why}`);
  }
  for (const field of fields) for (const use of usesOf(field)) findUse(field, use, found);
}

/** Whether a node is the class, elsewhere than in an import. */
export function isReference(source: Source, node: ts.Node): boolean {
  const { ts } = source;
  if (!source.isExportOf(node, CLASS, ...MODULES) && !source.isExportOf(node, 'default', 'eventemitter2')) return false;
  return !ts.isImportSpecifier(node.parent) && !ts.isExportSpecifier(node.parent) && !ts.isImportClause(node.parent);
}

/** Whether a node is the class by a name that can be taken out of its import. */
function isNamed(source: Source, node: ts.Node): boolean {
  return source.ts.isIdentifier(node) && source.isExportOf(node, CLASS, ...MODULES);
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end;
}

function fieldsOf(source: Source): Field[] {
  const { ts } = source;
  const owners = [...source.nodes()].filter(ts.isClassDeclaration);
  return owners.flatMap(owner => {
    const parameters = owner.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
    return parameters
      .filter(parameter => isField(source, parameter))
      .map(parameter => ({ source, owner, parameter, name: parameter.name.getText() }));
  });
}

function isField(source: Source, parameter: ts.ParameterDeclaration): boolean {
  const { ts } = source;
  const { type, questionToken } = parameter;
  const isOne = type && ts.isTypeReferenceNode(type) && isNamed(source, type.typeName);
  if (!isOne || questionToken || !ts.isParameterPropertyDeclaration(parameter, parameter.parent)) return false;
  const decorators = ts.getDecorators(parameter) ?? [];
  return decorators.every(({ expression }) => expression.getText() === `Inject(${type.getText()})`);
}

/** Where a class uses a property: as `this.emitter`, or as the parameter itself in the constructor. */
export function usesOf({ source, owner, name, parameter }: Field): ts.Node[] {
  const { ts } = source;
  return [...source.nodes(owner)].filter(node => {
    if (ts.isPropertyAccessExpression(node))
      return node.name.text === name && node.expression.kind === ts.SyntaxKind.ThisKeyword;
    if (!ts.isIdentifier(node) || node.text !== name || isInside(node, parameter)) return false;
    const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    return !isMember && (isInside(node, parameter.parent) || ts.isBindingElement(node.parent));
  });
}

function findUse(field: Field, use: ts.Node, found: Found): void {
  const { source } = field;
  const { ts } = source;
  const at = source.placeOf(use);
  const access = use.parent;
  const isAccess = ts.isPropertyAccessExpression(access) && access.expression === use;
  const call = access.parent;
  if (!isAccess || !ts.isCallExpression(call) || call.expression !== access)
    return found.leaveAlone(at, ANY_TOPIC, `${use.getText()} is handed on`);
  const method = access.name.text;
  const topic = topicOf(source, call.arguments[0]);
  if (HARMLESS.test(method)) return;
  const why = whyNot(source, method, topic, call);
  if (why === undefined && typeof topic === 'string')
    found.sendings.push({ name: topic, field, call, payload: call.arguments[1], at });
  else found.leaveAlone(at, NAMED.test(method) ? topic : ANY_TOPIC, why ?? 'its name is computed');
}

function whyNot({ ts }: Source, method: string, topic: Topic, call: ts.CallExpression): string | undefined {
  if (method === 'emitAsync') return 'emitAsync() calls its receivers side by side, and returns their values';
  if (method !== 'emit') return `${method}() has no counterpart`;
  if (typeof topic !== 'string') return 'its name is computed';
  const [, payload, ...more] = call.arguments;
  if (more.length > 0 || (payload && ts.isSpreadElement(payload))) return 'it sends several values';
  return ts.isExpressionStatement(call.parent) ? undefined : 'the value that emit() returns is used';
}
