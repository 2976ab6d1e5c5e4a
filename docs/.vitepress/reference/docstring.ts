import ts from 'typescript';

/** The contract of a name, as its docstring states it. */
export interface Docstring {
  /** The paragraphs. */
  readonly text: readonly string[];
  readonly parameters: readonly (readonly [name: string, text: string])[];
  readonly returns: string;
  readonly throws: readonly string[];
  readonly isInternal: boolean;
}

/** Returns the docstring above the first of some statements or members that has one. */
export function docstringOf(nodes: readonly ts.Node[]): Docstring {
  const docs = nodes.flatMap(node => ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1));
  const [doc] = docs;
  const tags = doc?.tags ?? [];
  const textsOf = (name: string) => tags.filter(tag => tag.tagName.text === name).map(tag => plain(tag.comment));
  return {
    text: paragraphsOf(doc?.comment),
    parameters: tags.flatMap(tag =>
      ts.isJSDocParameterTag(tag) ? [[tag.name.getText(), plain(tag.comment)] as const] : [],
    ),
    returns: textsOf('returns').join(' '),
    throws: textsOf('throws').map(text => text.replace(/^\{SignalError\}\s*/, '')),
    isInternal: docs.some(each => each.tags?.some(tag => tag.tagName.text === 'internal')),
  };
}

/** Returns a docstring as one paragraph, for a cell of a table. */
export function sentence({ text, throws }: Docstring): string {
  return [...text, ...throws.map(thrown => `Throws ${thrown}`)].join(' ');
}

type Comment = ts.JSDoc['comment'];

function paragraphsOf(comment: Comment): string[] {
  const text = ts.getTextOfJSDocComment(comment) ?? '';
  return text
    .split(/\n\s*\n/)
    .map(paragraph => paragraph.trim().replace(/\n(?!\s*- )\s*/g, ' '))
    .filter(paragraph => paragraph !== '');
}

function plain(comment: Comment): string {
  return paragraphsOf(comment).join(' ').replace(/^- /, '');
}
