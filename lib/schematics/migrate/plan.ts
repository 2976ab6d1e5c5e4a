import { projectsOf } from '../add/index.js';
import { classNameOf, fileNameOf } from '../generate/index.js';
import { addToModule, Edits, joined, type ModuleClass, type Source, type Sources } from '../source/index.js';
import { type Field, type Found, isListed, type Obstacle, type Receiving, type Sending } from './found.js';
import { type PayloadType, payloadTypeOf } from './payload.js';

/** A name that becomes a signal. */
export interface Migrated {
  readonly name: string;
  readonly className: string;
  /** The file of the signal. */
  readonly path: string;
  readonly sourceRoot: string;
  readonly payload: PayloadType | undefined;
  readonly receivings: readonly Receiving[];
  readonly sendings: readonly Sending[];
  /** The modules that provide it, because they provide the classes that send it. */
  readonly modules: readonly ModuleClass[];
}

/** The places of one name. */
type Sites = Pick<Migrated, 'name' | 'receivings' | 'sendings'>;

/** Decides which names become signals; those that cannot get an obstacle. */
export function planOf(
  sources: Sources,
  modules: readonly ModuleClass[],
  found: Found,
  only: readonly string[],
): Migrated[] {
  const names = [...new Set([...found.receivings, ...found.sendings].map(({ name }) => name))].sort();
  for (const name of only.filter(one => !names.includes(one)))
    found.leaveAlone('--name', name, 'nothing in these sources that can be migrated sends or receives it');
  const planned: Migrated[] = [];
  for (const name of names.filter(one => only.length === 0 || only.includes(one))) {
    if (found.obstacles.some(({ topic }) => topic === name)) continue;
    const receivings = found.receivings.filter(one => one.name === name);
    const sendings = found.sendings.filter(one => one.name === name);
    const one =
      (only.length === 0 ? otherMeaning(found.obstacles, name) : undefined) ??
      planFor(sources, modules, { name, receivings, sendings }, planned);
    if (typeof one === 'string') found.leaveAlone([...sendings, ...receivings][0]!.at, name, one);
    else planned.push(one);
  }
  return planned;
}

/** Why a name stays where it is, although nothing is in its own way: a wildcard or a computed name may mean it. */
function otherMeaning(obstacles: readonly Obstacle[], name: string): string | undefined {
  const other = obstacles.find(({ topic }) => typeof topic !== 'string' && topic.test(name));
  return other && `${other.at} may mean it, too; --name ${name} migrates it all the same`;
}

/** Plans the signal of a name; returns why there cannot be one. */
function planFor(
  sources: Sources,
  modules: readonly ModuleClass[],
  sites: Sites,
  planned: readonly Migrated[],
): Migrated | string {
  const { name, receivings, sendings } = sites;
  if (sendings.length === 0) return 'nothing in these sources sends it';
  if (receivings.length === 0) return 'no method receives it';
  const payload = payloadTypeOf(receivings, sendings);
  if (typeof payload === 'string') return payload;
  const users = [...receivings, ...sendings.map(({ field }) => field)].map(({ source }) => source);
  const [sourceRoot = 'src', ...others] = new Set(users.map(({ path }) => rootOf(sources, path)));
  if (others.length > 0) return `it is sent and received in ${[sourceRoot, ...others].join(' and ')}`;
  const className = freeName(name, users, planned);
  if (className === undefined) return 'no name of a class can be made of it';
  const path = joined(sourceRoot, 'signals', `${fileNameOf(className)}.signal.ts`);
  if (sources.at(path)) return `${path} exists already`;
  const providing = providersOf(sendings, modules);
  if (typeof providing === 'string') return providing;
  return { ...sites, className, path, sourceRoot, payload, modules: providing };
}

/** The folder of the sources of the project that a file is in. */
function rootOf(sources: Sources, path: string): string {
  const roots = projectsOf(sources).map(({ sourceRoot }) => sourceRoot);
  const around = roots.filter(root => path.startsWith(`${root}/`)).sort((one, other) => other.length - one.length);
  return around[0] ?? roots.at(-1)!;
}

function freeName(name: string, users: readonly Source[], planned: readonly Migrated[]): string | undefined {
  const className = classNameOf(name);
  const used = users.flatMap(source => source.identifiers().map(({ text }) => text));
  const taken = new Set([...used, ...planned.map(one => one.className)]);
  return className && [className, `${className}Signal`].find(one => !taken.has(one));
}

/** The modules that provide the classes that send, or why they cannot provide a signal. */
function providersOf(sendings: readonly Sending[], modules: readonly ModuleClass[]): ModuleClass[] | string {
  const providing = new Set<ModuleClass>();
  for (const { field } of sendings) {
    const found = modules.filter(module => provides(module, field));
    if (found.length === 0)
      return `no @Module in these sources has ${field.owner.name?.text ?? ''} of ${field.source.path} among its providers or controllers`;
    for (const module of found) providing.add(module);
  }
  for (const module of providing) {
    const problem = addToModule(new Edits(module.source), module, 'providers', ['One']);
    if (problem !== undefined) return `${module.source.path} cannot provide it: ${problem}`;
  }
  return [...providing];
}

function provides({ source, call }: ModuleClass, { owner }: Field): boolean {
  if (!source.text.includes(owner.name?.text ?? '')) return false;
  const listed = source.identifiers(call).filter(use => isListed(source, use));
  return listed.some(({ text }) => source.declarationOf(text)?.node === owner);
}
