import ts from 'typescript';
import { nodesOf, place, type Source } from '../repository.js';
import type { Rule } from '../rule.js';

/** A claim that the compiler cannot check, as it is written; undefined for anything else. */
function claimIn(node: ts.Node): string | undefined {
  if (ts.isNonNullExpression(node)) return isPlaceInList(node.expression) ? undefined : node.getText();
  if (ts.isAsExpression(node) && /^never(\[\])?$/.test(node.type.getText())) return `as ${node.type.getText()}`;
  const isDeclared = ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node);
  return isDeclared && node.exclamationToken ? `${node.name.getText()}!` : undefined;
}

/** `list[0]!` and `list.at(-1)!` say that the list is long enough, which the code around them shows. */
function isPlaceInList(expression: ts.Expression): boolean {
  if (ts.isElementAccessExpression(expression)) return true;
  const called = ts.isCallExpression(expression) ? expression.expression : undefined;
  return called !== undefined && ts.isPropertyAccessExpression(called) && called.name.text === 'at';
}

/** Whether a comment stands right above the node, or above what it is part of. */
function hasReason(node: ts.Node, { ast, text }: Source): boolean {
  for (let part = node; !ts.isSourceFile(part) && !ts.isBlock(part); part = part.parent) {
    const comments = ts.getLeadingCommentRanges(text, part.getFullStart()) ?? [];
    if (comments.some(({ pos, end }) => /^\/\/ (?!oxlint)/.test(text.slice(pos, end)))) return true;
    if (part.parent === ast || ts.isClassElement(part)) return false;
  }
  return false;
}

export const CLAIM_RULES: readonly Rule<Source>[] = [
  {
    says: 'what the compiler cannot check has its reason above it',
    check: sources =>
      sources.flatMap(source =>
        [...nodesOf(source.ast)].flatMap(node => {
          const claim = claimIn(node);
          return claim === undefined || hasReason(node, source) ? [] : [`${place(source, node)} claims ${claim}`];
        }),
      ),
    broken: {
      by: {
        'lib/core/a.ts': `
          class A {
            late!: string;
            send(list: string[], one?: string): void {
              call(list[0]!, list.at(-1)!);
              call(one!);
              // It was set by the line before.
              call(one!);
              call(one as never);
              return map(
                // Given by every caller.
                one!,
              );
            }
          }`,
      },
      findings: ['lib/core/a.ts:3 claims late!', 'lib/core/a.ts:6 claims one!', 'lib/core/a.ts:9 claims as never'],
    },
  },
];
