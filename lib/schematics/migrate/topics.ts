import type ts from 'typescript';
import type { Source, Sources } from '../source/index.js';

/** A name as it is known from the sources, or the names that an expression may have when it runs. */
export type Topic = string | RegExp;

/** An expression of which nothing is known. */
export const ANY_TOPIC = /[^]*/;

const NO_TOPIC = /(?!)/;

/** Reads the name that an expression is: a text, a constant, a member of an enum or of a constant object. */
export function topicOf(sources: Sources, source: Source, expression: ts.Expression): Topic {
  const { ts } = sources;
  const node = source.bare(expression);
  if (ts.isStringLiteralLike(node)) return node.text.includes('*') ? wildcard(node.text) : node.text;
  if (ts.isTemplateExpression(node))
    return patternOf(node.head.text, ...node.templateSpans.map(({ literal }) => literal.text));
  if (ts.isIdentifier(node)) return constant(sources, source, node.text);
  if (ts.isPropertyAccessExpression(node)) return member(sources, source, node);
  const isSymbol = ts.isCallExpression(node) && /^Symbol(\.for)?$/.test(node.expression.getText());
  return isSymbol ? NO_TOPIC : ANY_TOPIC;
}

export function matches(topic: Topic, name: string): boolean {
  return typeof topic === 'string' ? topic === name : topic.test(name);
}

/** A wildcard may mean any text: what parts a name is made of is an option of the emitter. */
function wildcard(text: string): RegExp {
  return patternOf(...text.split(/\*+/));
}

function patternOf(...texts: readonly string[]): RegExp {
  return new RegExp(`^${texts.map(escaped).join('[^]*')}$`);
}

function constant(sources: Sources, source: Source, name: string): Topic {
  const { ts } = sources;
  const declared = sources.declarationOf(source, name);
  if (!declared || !ts.isVariableDeclaration(declared.node) || !declared.node.initializer) return ANY_TOPIC;
  const isConstant = (ts.getCombinedNodeFlags(declared.node) & ts.NodeFlags.Const) !== 0;
  return isConstant ? topicOf(sources, declared.source, declared.node.initializer) : ANY_TOPIC;
}

/** `Names.ORDER_PLACED`, `NAMES.order.placed` */
function member(sources: Sources, source: Source, node: ts.PropertyAccessExpression): Topic {
  const found = memberOf(sources, source, node);
  return found ? topicOf(sources, found.source, found.value) : ANY_TOPIC;
}

interface Member {
  readonly source: Source;
  readonly value: ts.Expression;
}

function memberOf(
  sources: Sources,
  source: Source,
  { expression, name }: ts.PropertyAccessExpression,
): Member | undefined {
  const { ts } = sources;
  if (ts.isPropertyAccessExpression(expression)) {
    const owner = memberOf(sources, source, expression);
    return owner && inside(owner, name.text);
  }
  const declared = ts.isIdentifier(expression) ? sources.declarationOf(source, expression.text) : undefined;
  if (!declared) return undefined;
  const { node } = declared;
  if (ts.isVariableDeclaration(node) && node.initializer)
    return inside({ source: declared.source, value: node.initializer }, name.text);
  const members = ts.isEnumDeclaration(node)
    ? node.members
    : ts.isClassDeclaration(node)
      ? node.members.filter(ts.isPropertyDeclaration)
      : [];
  const value = members.find(one => one.name.getText() === name.text)?.initializer;
  return value && { source: declared.source, value };
}

function inside({ source, value }: Member, name: string): Member | undefined {
  const { ts } = source;
  const bare = source.bare(value);
  if (!ts.isObjectLiteralExpression(bare)) return undefined;
  const property = bare.properties
    .filter(ts.isPropertyAssignment)
    .find(one => one.name.getText().replace(/^['"]|['"]$/g, '') === name);
  return property && { source, value: property.initializer };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
