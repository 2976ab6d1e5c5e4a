import type ts from 'typescript';
import { isExportOf, type Source, type Sources } from '../source/index.js';
import { type Found, MODULES, placeOf } from './found.js';
import { ANY_TOPIC, type Topic, topicOf } from './topics.js';

/** Finds the methods of a source that have `@OnEvent`. */
export function findReceivings(sources: Sources, source: Source, found: Found): void {
  const { ts } = sources;
  for (const node of source.nodes()) {
    const call = node.parent;
    if (!ts.isExpression(node) || ts.isImportSpecifier(call) || !isReceiving(source, node)) continue;
    if (ts.isCallExpression(call) && ts.isDecorator(call.parent))
      findReceiving(sources, source, call.parent, call, found);
    else
      found.obstacles.push({
        at: placeOf(source, node),
        topic: topicIn(sources, source, call),
        why: 'OnEvent is used, and not as a decorator',
      });
  }
}

function isReceiving(source: Source, node: ts.Expression): boolean {
  const isMember = source.ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
  return !isMember && MODULES.some(from => isExportOf(source, node, 'OnEvent', from));
}

/** The name in a call of `OnEvent`; any name for another use. */
function topicIn(sources: Sources, source: Source, node: ts.Node): Topic {
  const [first] = sources.ts.isCallExpression(node) ? node.arguments : [];
  return first ? topicOf(sources, source, first) : ANY_TOPIC;
}

function findReceiving(
  sources: Sources,
  source: Source,
  decorator: ts.Decorator,
  { arguments: [first, options] }: ts.CallExpression,
  found: Found,
): void {
  const { ts } = sources;
  const topic = first ? topicOf(sources, source, first) : ANY_TOPIC;
  const method = decorator.parent;
  const why =
    first && ts.isArrayLiteralExpression(source.bare(first))
      ? 'it is a list of names'
      : whyNot(source, topic, options, method);
  if (why === undefined && typeof topic === 'string' && ts.isMethodDeclaration(method))
    found.receivings.push({ name: topic, source, decorator, method });
  else
    for (const one of topicsOf(sources, source, first))
      found.obstacles.push({ at: placeOf(source, decorator), topic: one, why: why ?? 'it is no method' });
}

/** The names of a list, or the only one. */
function topicsOf(sources: Sources, source: Source, first: ts.Expression | undefined) {
  const bare = first && source.bare(first);
  if (!bare) return [ANY_TOPIC];
  const names = sources.ts.isArrayLiteralExpression(bare) ? bare.elements : [bare];
  return names.map(name => topicOf(sources, source, name));
}

function whyNot(
  source: Source,
  topic: string | RegExp,
  options: ts.Expression | undefined,
  method: ts.Node,
): string | undefined {
  const { ts } = source;
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
