import type ts from 'typescript';
import { addToModule, Edits, type Source, specifierOf } from '../source/index.js';
import type { Field, Sending } from './found.js';
import type { Migrated } from './plan.js';

/** The edits of every source that changes, by its path. */
export class Rewrite {
  readonly edits = new Map<string, Edits>();

  constructor(private readonly hasExtension: boolean) {}

  of(source: Source): Edits {
    const edits = this.edits.get(source.path) ?? new Edits(source);
    this.edits.set(source.path, edits);
    return edits;
  }

  /** Changes receivers, senders and modules of all names. */
  all(migrated: readonly Migrated[]): void {
    for (const { className, path, receivings } of migrated) {
      for (const { source, decorator } of receivings) {
        const edits = this.of(source);
        edits.replace(decorator.expression, `OnSignal(${className})`);
        edits.import('OnSignal', 'nestjs-signals');
        this.importSignal(source, className, path);
      }
    }
    this.provide(migrated);
    const fields = Map.groupBy(
      migrated.flatMap(({ sendings }) => sendings),
      ({ field }) => field,
    );
    for (const [field, sendings] of fields) this.sender(field, sendings, migrated);
    for (const edits of this.edits.values()) dropUnused(edits);
  }

  private importSignal(source: Source, className: string, path: string): void {
    this.of(source).import(className, specifierOf(source.path, path, source.hasExtensions || this.hasExtension));
  }

  /** Adds signals to the providers of the modules of the classes that send them. */
  private provide(migrated: readonly Migrated[]): void {
    const all = migrated.flatMap(({ modules, className, path }) => modules.map(one => ({ ...one, className, path })));
    for (const provided of Map.groupBy(all, ({ module }) => module.call).values()) {
      const { source, module } = provided[0]!;
      const names = provided.map(({ className }) => className);
      addToModule(this.of(source), module, 'providers', names);
      for (const { className, path } of provided) this.importSignal(source, className, path);
    }
  }

  /** Gives a class the signals that it sends, beside or instead of what it has sent names with. */
  private sender(field: Field, sendings: readonly Sending[], migrated: readonly Migrated[]): void {
    const { source, owner, parameter } = field;
    const signals = migrated.filter(one => one.sendings.some(sending => sendings.includes(sending)));
    const members = new Map(signals.map(({ name, className }) => [name, memberName(source, owner, className)]));
    for (const sending of sendings) this.send(sending, members.get(sending.name) ?? sending.name);
    const declared = signals.map(({ name, className }) => declaration(parameter, members.get(name) ?? name, className));
    const separator = source.beginsLine(parameter)
      ? `,${source.newline}${source.indentAt(parameter.getStart())}`
      : ', ';
    const isUsed = usesOf(field).some(use => !sendings.some(({ call }) => use.pos >= call.pos && use.end <= call.end));
    const text = declared.join(separator);
    if (isUsed) this.of(source).insert(parameter.getEnd(), `${separator}${text}`);
    else this.of(source).replace(parameter, text);
    for (const { className, path } of signals) this.importSignal(source, className, path);
  }

  private send({ field: { source }, call, payload }: Sending, member: string): void {
    const start = call.getStart();
    const way = isInAsync(source, call) ? 'await' : 'void';
    const text = `${way} this.${member}.sendRobust(this`;
    const edits = this.of(source);
    edits.remove(start, payload ? payload.getStart() : call.getEnd());
    edits.insert(start, payload ? `${text}, ` : `${text})`);
  }
}

/** A parameter like that of the emitter, with its modifiers and, if that has one, `@Inject`. */
function declaration(parameter: ts.ParameterDeclaration, member: string, className: string): string {
  const isInjected = parameter.getText().startsWith('@Inject(');
  return `${isInjected ? `@Inject(${className}) ` : ''}private readonly ${member}: ${className}`;
}

function memberName({ ts }: Source, owner: ts.ClassDeclaration, className: string): string {
  const name = className.slice(0, 1).toLowerCase() + className.slice(1);
  const taken = owner.members.flatMap(member => {
    const parameters = ts.isConstructorDeclaration(member) ? member.parameters : [];
    return [member, ...parameters].map(one => one.name?.getText());
  });
  let free = name;
  while (taken.includes(free)) free += 'Signal';
  return free;
}

function usesOf({ source, owner, name }: Field): ts.Node[] {
  const { ts } = source;
  return [...source.nodes(owner)].filter(
    node =>
      ts.isPropertyAccessExpression(node) &&
      node.name.text === name &&
      node.expression.kind === ts.SyntaxKind.ThisKeyword,
  );
}

function isInAsync({ ts }: Source, node: ts.Node): boolean {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (!ts.isFunctionLike(outer)) continue;
    return (
      ts.canHaveModifiers(outer) &&
      ts.getModifiers(outer)?.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword) === true
    );
  }
  return false;
}

/** Removes imported names that the changes leave without a use. */
function dropUnused(edits: Edits): void {
  const { source } = edits;
  const { ts } = source;
  const before = edits.all;
  for (const node of source.imports) {
    const bindings = node.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    const kept = bindings.elements.filter(({ name }) => !isLeftWithoutUse(source, name.text, before));
    if (kept.length === bindings.elements.length) continue;
    if (kept.length === 0 && !node.importClause?.name) edits.remove(node.getStart(), source.nextLine(node.getEnd()));
    else edits.replace(bindings, `{ ${kept.map(one => one.getText()).join(', ')} }`);
  }
}

function isLeftWithoutUse(source: Source, name: string, edits: Edits['all']): boolean {
  const { ts } = source;
  const uses = [...source.nodes()]
    .filter(ts.isIdentifier)
    .filter(node => node.text === name && !ts.isImportSpecifier(node.parent));
  const isGone = (node: ts.Node) => edits.some(({ start, end }) => start <= node.getStart() && node.getEnd() <= end);
  return uses.length > 0 && uses.every(isGone);
}
