import type ts from 'typescript';
import type { Source } from '../source/index.js';
import { type Found, MODULES } from './found.js';
import { type Topic, topicOf } from './topics.js';

/** Finds the methods of a source that have `@OnEvent`. */
export function findReceivings(source: Source, found: Found): void {
  const { ts } = source;
  for (const node of source.nodes()) {
    const call = node.parent;
    if (!ts.isExpression(node) || ts.isImportSpecifier(call) || !isReceiving(source, node)) continue;
    if (ts.isCallExpression(call) && ts.isDecorator(call.parent)) {
      findReceiving(source, call.parent, call, found);
      continue;
    }
    const topic = topicOf(source, ts.isCallExpression(call) ? call.arguments[0] : undefined);
    found.leaveAlone(source.placeOf(node), topic, 'OnEvent is used, and not as a decorator');
  }
}

function isReceiving(source: Source, node: ts.Expression): boolean {
  const isMember = source.ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
  return !isMember && source.isExportOf(node, 'OnEvent', ...MODULES);
}

function findReceiving(
  source: Source,
  decorator: ts.Decorator,
  { arguments: [first, options] }: ts.CallExpression,
  found: Found,
): void {
  const { ts } = source;
  const at = source.placeOf(decorator);
  const method = decorator.parent;
  const topic = topicOf(source, first);
  const bare = first && source.bare(first);
  const list = bare && ts.isArrayLiteralExpression(bare) ? bare.elements : undefined;
  const why = list ? 'it is a list of names' : whyNot(source, topic, options, method);
  if (why === undefined && typeof topic === 'string' && ts.isMethodDeclaration(method))
    found.receivings.push({ name: topic, source, decorator, method, at });
  else for (const one of list ?? [first]) found.leaveAlone(at, topicOf(source, one), why ?? 'it is no method');
}

function whyNot({ ts }: Source, topic: Topic, options: ts.Expression | undefined, method: ts.Node): string | undefined {
  if (typeof topic !== 'string')
    return /\*/.test(method.getText().split('\n')[0] ?? '') ? 'it has a wildcard' : 'its name is computed';
  const isEmpty = options === undefined || (ts.isObjectLiteralExpression(options) && options.properties.length === 0);
  if (!isEmpty) return `a signal has no options like ${options.getText().replace(/\s+/g, ' ')}`;
  if (!ts.isMethodDeclaration(method)) return 'it is no method';
  if (method.parameters.length > 1) return 'its method takes several values';
  if (method.parameters[0]?.dotDotDotToken) return 'its method takes any number of values';
  return isOfRequests(method.parent) ? 'it is made for each request' : undefined;
}

/** `@Injectable({ scope: Scope.REQUEST })` */
function isOfRequests(owner: ts.Node): boolean {
  return /@\w+\(\{[^}]*scope:\s*Scope\.(REQUEST|TRANSIENT)/.test(owner.getText().slice(0, 500));
}
