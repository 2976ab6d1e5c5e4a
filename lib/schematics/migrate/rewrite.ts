import type ts from 'typescript';
import { getOrInsert } from '../../core/index.js';
import { addToModule, Edits, hasModifier, type Source, specifierOf } from '../source/index.js';
import type { Field, Sending } from './found.js';
import type { Migrated } from './plan.js';
import { usesOf } from './sendings.js';

/** The edits of every source that changes, by its path. */
export class Rewrite {
  readonly edits = new Map<string, Edits>();

  of(source: Source): Edits {
    return getOrInsert(this.edits, source.path, () => new Edits(source));
  }

  /** Changes receivers, senders and modules of all names. */
  all(migrated: readonly Migrated[]): void {
    for (const one of migrated) {
      for (const { source, decorator } of one.receivings) {
        const edits = this.of(source);
        edits.replace(decorator.expression, `OnSignal(${one.className})`);
        edits.import('OnSignal', 'nestjs-signals');
        this.importSignal(source, one);
      }
    }
    this.provide(migrated);
    const fields = new Set(migrated.flatMap(({ sendings }) => sendings.map(({ field }) => field)));
    for (const field of fields) this.sender(field, migrated);
    for (const edits of this.edits.values()) dropUnused(edits);
  }

  private importSignal(source: Source, { className, path }: Migrated): void {
    this.of(source).import(className, specifierOf(source.path, path, source.hasExtensions));
  }

  /** Adds signals to the providers of the modules of the classes that send them. */
  private provide(migrated: readonly Migrated[]): void {
    for (const module of new Set(migrated.flatMap(({ modules }) => modules))) {
      const { source } = module;
      const provided = migrated.filter(({ modules }) => modules.includes(module));
      const names = provided.map(({ className }) => className);
      addToModule(this.of(source), module, 'providers', names);
      for (const one of provided) this.importSignal(source, one);
    }
  }

  /** Gives a class the signals that it sends, beside or instead of what it has sent names with. */
  private sender(field: Field, migrated: readonly Migrated[]): void {
    const { source, owner, parameter } = field;
    const edits = this.of(source);
    const calls: ts.Node[] = [];
    const declared: string[] = [];
    for (const one of migrated) {
      const sendings = one.sendings.filter(sending => sending.field === field);
      if (sendings.length === 0) continue;
      const member = memberName(source, owner, one.className);
      for (const sending of sendings) send(edits, sending, member);
      calls.push(...sendings.map(({ call }) => call));
      declared.push(declaration(parameter, member, one.className));
      this.importSignal(source, one);
    }
    const isOnLine = source.beginsLine(parameter);
    const separator = isOnLine ? `,${source.newline}${source.indentAt(parameter.getStart())}` : ', ';
    const isUsed = usesOf(field).some(use => !calls.includes(use.parent.parent));
    const text = declared.join(separator);
    if (isUsed) edits.insert(parameter.getEnd(), `${separator}${text}`);
    else edits.replace(parameter, text);
  }
}

/** The text of the file of a signal, in the style of its first receiver. */
export function signalFile({ path, className, payload, receivings }: Migrated): string {
  const { source } = receivings[0]!;
  const imports = (payload?.imports ?? []).map(({ name, from, isFile }) =>
    source.importLine(`type { ${name} }`, isFile ? specifierOf(path, from, source.hasExtensions) : from),
  );
  const base = payload ? `Signal<${payload.text}>` : 'Signal';
  return [
    source.importLine('{ Signal }', 'nestjs-signals'),
    ...imports,
    '',
    `export class ${className} extends ${base} {}`,
    '',
  ].join(source.newline);
}

function send(edits: Edits, { call, payload }: Sending, member: string): void {
  const way = isInAsync(edits.source, call) ? 'await' : 'void';
  const text = `${way} this.${member}.sendRobust(this`;
  edits.change(call.getStart(), payload?.getStart() ?? call.getEnd(), payload ? `${text}, ` : `${text})`);
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

function isInAsync({ ts }: Source, node: ts.Node): boolean {
  const outer = ts.findAncestor(node, ts.isFunctionLike);
  return outer !== undefined && hasModifier(outer, 'async');
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
    if (kept.length === 0 && !node.importClause?.name)
      edits.change(node.getStart(), source.nextLine(node.getEnd()), '');
    else edits.replace(bindings, `{ ${kept.map(one => one.getText()).join(', ')} }`);
  }
}

function isLeftWithoutUse(source: Source, name: string, edits: Edits['all']): boolean {
  const uses = source.identifiers().filter(node => node.text === name && !source.ts.isImportSpecifier(node.parent));
  const isGone = (node: ts.Node) => edits.some(({ start, end }) => start <= node.getStart() && node.getEnd() <= end);
  return uses.length > 0 && uses.every(isGone);
}
