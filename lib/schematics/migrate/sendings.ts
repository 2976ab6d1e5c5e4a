import type ts from 'typescript';
import { isExportOf, type Source, type Sources, TEST_FILE } from '../source/index.js';
import { type Field, type Found, MODULES, placeOf } from './found.js';
import { ANY_TOPIC, topicOf } from './topics.js';

const CLASS = 'EventEmitter2';

/** Methods whose first argument is a name. */
const NAMED =
  /^(?:on|once|off|many|addListener|removeListener|prepend(?:Listener|OnceListener|Many)|waitFor|listenerCount|listeners|hasListeners|removeAllListeners)$/;
const HARMLESS = /^[gs]etMaxListeners$/;

/** Finds what a source sends, through properties that its constructors make. */
export function findSendings(sources: Sources, source: Source, found: Found): void {
  const fields = fieldsOf(source);
  found.fields.push(...fields);
  for (const node of source.nodes()) {
    if (
      isReference(source, node) &&
      !fields.some(({ parameter }) => isInside(node, parameter)) &&
      !TEST_FILE.test(source.path)
    )
      found.obstacles.push({
        at: placeOf(source, node),
        topic: ANY_TOPIC,
        why: `${CLASS} is used, and not as a parameter property`,
      });
  }
  for (const field of fields) {
    for (const node of source.nodes(field.owner)) if (isUse(source, node, field)) findUse(sources, field, node, found);
  }
}

/** Whether an identifier is the class, elsewhere than in an import. */
export function isReference(source: Source, node: ts.Node): node is ts.Identifier {
  const { ts } = source;
  if (!ts.isIdentifier(node) || ts.isImportSpecifier(node.parent) || ts.isExportSpecifier(node.parent)) return false;
  return MODULES.some(from => isExportOf(source, node, CLASS, from));
}

function isInside(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end;
}

function fieldsOf(source: Source): Field[] {
  const { ts } = source;
  const owners = [...source.nodes()].filter(ts.isClassDeclaration);
  return owners.flatMap(owner => {
    const parameters = owner.members.find(ts.isConstructorDeclaration)?.parameters ?? [];
    return parameters.flatMap(parameter => {
      const { type, name, questionToken } = parameter;
      const isOne =
        type && ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) && isReference(source, type.typeName);
      const decorators = (ts.getDecorators(parameter) ?? []).map(({ expression }) => expression.getText());
      const isKept =
        ts.isParameterPropertyDeclaration(parameter, parameter.parent) &&
        !questionToken &&
        decorators.every(text => text === `Inject(${type?.getText()})`);
      return isOne && isKept ? [{ source, owner, parameter, name: name.getText() }] : [];
    });
  });
}

/** `this.emitter`, or the parameter itself in the constructor. */
function isUse({ ts }: Source, node: ts.Node, { name, parameter }: Field): boolean {
  if (ts.isPropertyAccessExpression(node))
    return node.name.text === name && node.expression.kind === ts.SyntaxKind.ThisKeyword;
  if (!ts.isIdentifier(node) || node.text !== name || isInside(node, parameter)) return false;
  const isMember = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
  return !isMember && (isInside(node, parameter.parent) || ts.isBindingElement(node.parent));
}

function findUse(sources: Sources, field: Field, use: ts.Node, found: Found): void {
  const { ts } = sources;
  const { source } = field;
  const access = use.parent;
  const call = ts.isPropertyAccessExpression(access) && access.expression === use ? access.parent : undefined;
  const at = placeOf(source, use);
  if (!call || !ts.isCallExpression(call) || call.expression !== access)
    return void found.obstacles.push({ at, topic: ANY_TOPIC, why: `${use.getText()} is handed on` });
  const method = (access as ts.PropertyAccessExpression).name.text;
  const [name, payload, ...more] = call.arguments;
  const topic = name ? topicOf(sources, source, name) : ANY_TOPIC;
  if (HARMLESS.test(method)) return;
  const why = whyNot(
    source,
    method,
    topic,
    call,
    more.length > 0 || (payload !== undefined && ts.isSpreadElement(payload)),
  );
  if (why === undefined && typeof topic === 'string') found.sendings.push({ name: topic, field, call, payload });
  else
    found.obstacles.push({
      at,
      topic: /^emit(Async)?$/.test(method) || NAMED.test(method) ? topic : ANY_TOPIC,
      why: why ?? 'its name is computed',
    });
}

function whyNot(
  source: Source,
  method: string,
  topic: string | RegExp,
  call: ts.CallExpression,
  hasMore: boolean,
): string | undefined {
  if (method === 'emitAsync') return 'emitAsync() calls its receivers side by side, and returns their values';
  if (method !== 'emit') return `${method}() has no counterpart`;
  if (typeof topic !== 'string') return 'its name is computed';
  if (hasMore) return 'it sends several values';
  return source.ts.isExpressionStatement(call.parent) ? undefined : 'the value that emit() returns is used';
}
