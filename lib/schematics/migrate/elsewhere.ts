import type ts from 'typescript';
import { type Source, TEST_FILE } from '../source/index.js';
import { type Found, isListed } from './found.js';
import { isReference } from './sendings.js';
import { topicOf } from './topics.js';

/** Finds what stands in the way outside the classes that send: other uses of their properties, `new`, subclasses, tests. */
export function findElsewhere(source: Source, found: Found): void {
  const { ts } = source;
  const isTest = TEST_FILE.test(source.path);
  for (const node of source.nodes()) {
    if (ts.isNewExpression(node)) takeApart(source, node.expression, 'is made with new', found);
    if (ts.isHeritageClause(node))
      for (const { expression } of node.types) takeApart(source, expression, 'is extended', found);
    if (isTest && ts.isIdentifier(node) && isListed(source, node))
      takeApart(source, node, 'is provided by a test', found);
    if (ts.isCallExpression(node)) otherUse(source, node, found);
  }
  if (isTest) inTest(source, found);
}

/** The constructor of a class that sends gets other parameters. */
function takeApart(source: Source, expression: ts.Node, why: string, found: Found): void {
  const name = expression.getText();
  const sent = found.sendings.filter(({ field }) => field.owner.name?.text === name).map(sending => sending.name);
  for (const topic of new Set(sent))
    found.leaveAlone(source.placeOf(expression), topic, `${name}, which sends it, ${why}`);
}

/** `orders.emitter.emit(...)` of another object. */
function otherUse(source: Source, call: ts.CallExpression, found: Found): void {
  const { ts } = source;
  const [first] = call.arguments;
  if (!first || !ts.isPropertyAccessExpression(call.expression)) return;
  const { expression: owner, name } = call.expression;
  const isMethod = /^(emit|emitAsync|on|once|onAny)$/.test(name.text);
  if (!isMethod || found.sendings.some(sending => sending.call === call)) return;
  const isField =
    ts.isPropertyAccessExpression(owner) &&
    owner.expression.kind !== ts.SyntaxKind.ThisKeyword &&
    found.fields.some(field => field.name === owner.name.text);
  if (isField)
    found.leaveAlone(source.placeOf(call), topicOf(source, first), `${owner.getText()} is used from outside`);
}

/** A test with an emitter of its own names what it sends, or the classes that send. */
function inTest(source: Source, found: Found): void {
  const { ts } = source;
  const nodes = [...source.nodes()];
  const use = nodes.find(node => isReference(source, node));
  if (!use) return;
  const words = new Set(
    nodes.flatMap(node => (ts.isStringLiteralLike(node) || ts.isIdentifier(node) ? [node.text] : [])),
  );
  const sent = found.sendings.filter(({ name, field }) => words.has(name) || words.has(field.owner.name?.text ?? ''));
  const received = found.receivings.filter(({ name }) => words.has(name));
  for (const topic of new Set([...sent, ...received].map(({ name }) => name)))
    found.leaveAlone(source.placeOf(use), topic, 'a test has an EventEmitter2 of its own');
}
