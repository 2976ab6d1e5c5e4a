import type ts from 'typescript';
import { hasModifier, nameOf, resolveModule, type Source } from '../source/index.js';
import type { Receiving, Sending } from './found.js';

/** The type of the payload of a signal, and what its file imports for it. */
export interface PayloadType {
  readonly text: string;
  /** The names with the file or the package that they come from. */
  readonly imports: readonly { readonly name: string; readonly from: string; readonly isFile: boolean }[];
}

/** Decides the payload of a name; undefined for none, a text if it cannot be. */
export function payloadTypeOf(
  receivings: readonly Receiving[],
  sendings: readonly Sending[],
): PayloadType | string | undefined {
  const sent = sendings.filter(({ payload }) => payload !== undefined);
  if (sent.length > 0 && sent.length < sendings.length) return 'it is sent with a payload and without one';
  const taking = receivings.filter(({ method }) => method.parameters.length > 0);
  if (sent.length === 0)
    return taking.length === 0 ? undefined : `it is sent without a payload, and ${placeOf(taking[0]!)} takes one`;
  const types = taking.flatMap(({ source, method }) => {
    const type = method.parameters[0]?.type;
    return type && !/^(any|unknown|object)$/.test(type.getText()) ? [typeOf(source, type)] : [];
  });
  if (types.length === 0)
    return `no receiver says what its payload is: give the parameter of ${placeOf(taking[0] ?? receivings[0]!)} a type`;
  const problem = types.find(type => typeof type === 'string');
  if (problem !== undefined) return problem;
  const distinct = new Map(types.map(type => [JSON.stringify(type), type as PayloadType]));
  if (distinct.size > 1)
    return `its receivers take different types: ${[...distinct.values()].map(({ text }) => text).join(', ')}`;
  return [...distinct.values()][0];
}

function placeOf({ source, method }: Receiving): string {
  return `${method.name.getText()} (${source.placeOf(method)})`;
}

function typeOf(source: Source, type: ts.TypeNode): PayloadType | string {
  const { ts } = source;
  const text = type.getText();
  if (!isObject(source, type)) return `its payload is '${text}', and that of a signal is an object`;
  const imports: PayloadType['imports'][number][] = [];
  for (const node of source.nodes(type)) {
    if (ts.isTypeQueryNode(node) || ts.isThisTypeNode(node)) return `its payload is '${text}'`;
    if (!ts.isTypeReferenceNode(node)) continue;
    const origin = originOf(source, node.typeName.getText().split('.')[0] ?? '');
    if (typeof origin === 'string') return origin;
    if (origin && !imports.some(({ name }) => name === origin.name)) imports.push(origin);
  }
  return { text, imports };
}

/** Whether a type is that of an object with fields, as far as its declaration can be read. */
function isObject(source: Source, type: ts.TypeNode): boolean {
  const { ts } = source;
  if (ts.isTypeLiteralNode(type) || ts.isMappedTypeNode(type)) return true;
  if (ts.isIntersectionTypeNode(type)) return type.types.every(one => isObject(source, one));
  if (!ts.isTypeReferenceNode(type)) return false;
  if (/^(Array|ReadonlyArray|Promise|Date|Map|Set|String|Number|Buffer)$/.test(type.typeName.getText())) return false;
  const declared = source.declarationOf(type.typeName.getText());
  if (!declared) return true;
  if (ts.isTypeAliasDeclaration(declared.node)) return isObject(declared.source, declared.node.type);
  return !ts.isEnumDeclaration(declared.node);
}

/** Where another file imports a name of this one from; undefined for what is known everywhere, a text if it cannot. */
function originOf(source: Source, name: string): PayloadType['imports'][number] | string | undefined {
  const binding = source.bindings.find(({ local }) => local === name);
  if (binding) {
    if (binding.imported !== name) return `the type '${name}' is imported under another name in ${source.path}`;
    const isRelative = binding.from.startsWith('.');
    const file = isRelative ? resolveModule(source.sources.files, source.path, binding.from) : undefined;
    return { name, from: file ?? binding.from, isFile: file !== undefined };
  }
  const own = source.ast.statements.find(statement => nameOf(statement) === name);
  if (!own) return undefined;
  if (!hasModifier(own, 'export')) return `the type '${name}' is not exported by ${source.path}`;
  return { name, from: source.path, isFile: true };
}
