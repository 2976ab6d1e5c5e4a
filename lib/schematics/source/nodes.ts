import type ts from 'typescript';

/** Whether a declaration has a modifier, such as `export`. */
export function hasModifier(node: ts.Node, text: string): boolean {
  const { modifiers } = node as ts.ClassDeclaration;
  return modifiers?.some(modifier => modifier.getText() === text) === true;
}

/** The name of a declaration or of a member, which may be in quotes. */
export function nameOf(node: ts.Node): string | undefined {
  const { name } = node as ts.NamedDeclaration;
  return name?.getText().replace(/^['"]|['"]$/g, '');
}
