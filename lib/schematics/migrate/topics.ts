import type ts from 'typescript';
import { nameOf, type Source } from '../source/index.js';

/** A name as it is known from the sources, or the names that an expression may have when it runs. */
export type Topic = string | RegExp;

/** An expression of which nothing is known. */
export const ANY_TOPIC = /[^]*/;

const NO_TOPIC = /(?!)/;

/** Reads the name that an expression is: a text, a constant, a member of an enum or of a constant object. */
export function topicOf(source: Source, expression: ts.Expression | undefined): Topic {
  const { ts } = source;
  const node = expression && source.bare(expression);
  if (!node) return ANY_TOPIC;
  if (ts.isStringLiteralLike(node)) return node.text.includes('*') ? wildcard(node.text) : node.text;
  if (ts.isTemplateExpression(node))
    return patternOf(node.head.text, ...node.templateSpans.map(({ literal }) => literal.text));
  if (ts.isIdentifier(node)) return constant(source, node.text);
  if (ts.isPropertyAccessExpression(node)) return member(source, node);
  const isSymbol = ts.isCallExpression(node) && /^Symbol(\.for)?$/.test(node.expression.getText());
  return isSymbol ? NO_TOPIC : ANY_TOPIC;
}

/** A wildcard may mean any text: what parts a name is made of is an option of the emitter. */
function wildcard(text: string): RegExp {
  return patternOf(...text.split(/\*+/));
}

function patternOf(...texts: readonly string[]): RegExp {
  return new RegExp(`^${texts.map(escaped).join('[^]*')}$`);
}

function constant(source: Source, name: string): Topic {
  const { ts } = source;
  const declared = source.declarationOf(name);
  if (!declared || !ts.isVariableDeclaration(declared.node)) return ANY_TOPIC;
  const isConstant = (ts.getCombinedNodeFlags(declared.node) & ts.NodeFlags.Const) !== 0;
  return isConstant ? topicOf(declared.source, declared.node.initializer) : ANY_TOPIC;
}

/** `Names.ORDER_PLACED`, `NAMES.order.placed` */
function member(source: Source, node: ts.PropertyAccessExpression): Topic {
  const found = meaningOf(source, node);
  return found ? topicOf(found.source, found.node as ts.Expression) : ANY_TOPIC;
}

/** The declaration of a name, or the value of a member, and the source that it is in. */
function meaningOf(source: Source, node: ts.Expression): { source: Source; node: ts.Node } | undefined {
  const { ts } = source;
  if (ts.isIdentifier(node)) return source.declarationOf(node.text);
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const owner = meaningOf(source, node.expression);
  if (!owner) return undefined;
  const { initializer } = membersOf(owner.source, owner.node).find(one => nameOf(one) === node.name.text) ?? {};
  return initializer && { source: owner.source, node: initializer };
}

type Member = ts.PropertyAssignment | ts.PropertyDeclaration | ts.EnumMember;

function membersOf(source: Source, node: ts.Node): readonly Member[] {
  const { ts } = source;
  if (ts.isEnumDeclaration(node)) return node.members;
  if (ts.isClassDeclaration(node)) return node.members.filter(ts.isPropertyDeclaration);
  const value = ts.isVariableDeclaration(node) ? node.initializer : node;
  const bare = value && ts.isExpression(value) ? source.bare(value) : undefined;
  return bare && ts.isObjectLiteralExpression(bare) ? bare.properties.filter(ts.isPropertyAssignment) : [];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
