import {
  type ModuleClass,
  moduleClassesOf,
  addToModule,
  Edits,
  joined,
  type Source,
  type Sources,
} from '../source/index.js';
import { classNameOf, fileNameOf } from '../generate/index.js';
import { workspaceOf } from '../add/index.js';
import { type Field, type Found, isListed, type Obstacle, placeOf, type Receiving, type Sending } from './found.js';

import { type PayloadType, payloadTypeOf } from './payload.js';
import { matches } from './topics.js';

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
  readonly modules: readonly Provided[];
}

/** A class with `@Module`, and its source. */
export interface Provided {
  readonly source: Source;
  readonly module: ModuleClass;
}

/** The places of one name. */
type Sites = Pick<Migrated, 'name' | 'receivings' | 'sendings'>;

/** Decides which names become signals; those that cannot get an obstacle. */
export function planOf(sources: Sources, all: readonly Source[], found: Found, only: readonly string[]): Migrated[] {
  const names = [...new Set([...found.receivings, ...found.sendings].map(({ name }) => name))].sort();
  const chosen = names.filter(name => only.length === 0 || only.includes(name));
  for (const name of only.filter(one => !names.includes(one)))
    found.obstacles.push({
      at: '--name',
      topic: name,
      why: 'nothing in these sources that can be migrated sends or receives it',
    });
  const planned: Migrated[] = [];
  for (const name of chosen) {
    if (found.obstacles.some(({ topic }) => topic === name)) continue;
    const receivings = found.receivings.filter(one => one.name === name);
    const sendings = found.sendings.filter(one => one.name === name);
    const places = [
      ...sendings.map(({ field, call }) => placeOf(field.source, call)),
      ...receivings.map(({ source, decorator }) => placeOf(source, decorator)),
    ];
    const one =
      (only.length === 0 ? otherMeaning(found.obstacles, name) : undefined) ??
      planFor(sources, all, { name, receivings, sendings }, planned);
    if (typeof one === 'string') found.obstacles.push({ at: places[0]!, topic: name, why: one });
    else planned.push(one);
  }
  return planned;
}

/** Why a name stays where it is, although nothing is in its own way: a wildcard or a computed name may mean it. */
function otherMeaning(obstacles: readonly Obstacle[], name: string): string | undefined {
  const other = obstacles.find(({ topic }) => typeof topic !== 'string' && matches(topic, name));
  return other && `${other.at} may mean it, too; --name ${name} migrates it all the same`;
}

/** Plans the signal of a name; returns why there cannot be one. */
function planFor(
  sources: Sources,
  all: readonly Source[],
  sites: Sites,
  planned: readonly Migrated[],
): Migrated | string {
  const { name, receivings, sendings } = sites;
  if (sendings.length === 0) return 'nothing in these sources sends it';
  if (receivings.length === 0) return 'no method receives it';
  const payload = payloadTypeOf(sources, receivings, sendings);
  if (typeof payload === 'string') return payload;
  const users = [...receivings.map(({ source }) => source), ...sendings.map(({ field }) => field.source)];
  const [sourceRoot = 'src', ...others] = new Set(users.map(({ path }) => rootOf(sources, path)));
  if (others.length > 0) return `it is sent and received in ${[sourceRoot, ...others].join(' and ')}`;
  const className = freeName(name, users, planned);
  if (className === undefined) return 'no name of a class can be made of it';
  const path = joined(sourceRoot, 'signals', `${fileNameOf(className)}.signal.ts`);
  if (sources.at(path)) return `${path} exists already`;
  const fields = sendings.map(({ field }) => field);
  const modules = modulesOf(sources, all, fields);
  return typeof modules === 'string' ? modules : { ...sites, className, path, sourceRoot, payload, modules };
}

/** The folder of the sources of the project that a file is in. */
function rootOf(sources: Sources, path: string): string {
  const { projects = {}, sourceRoot = 'src' } = workspaceOf(sources);
  const roots = [sourceRoot, ...Object.values(projects).map(project => project.sourceRoot ?? 'src')].map(root =>
    joined(root),
  );
  return (
    roots.filter(root => path.startsWith(`${root}/`)).sort((one, other) => other.length - one.length)[0] ??
    joined(sourceRoot)
  );
}

function freeName(name: string, users: readonly Source[], planned: readonly Migrated[]): string | undefined {
  const className = classNameOf(name);
  const taken = new Set(
    users.flatMap(source => [...source.nodes()].filter(source.ts.isIdentifier).map(({ text }) => text)),
  );
  const isFree = (one: string) => !taken.has(one) && !planned.some(other => other.className === one);
  return className === undefined ? undefined : [className, `${className}Signal`].find(isFree);
}

/** The modules that provide the classes of fields, or why they cannot provide a signal. */
function modulesOf(sources: Sources, all: readonly Source[], fields: readonly Field[]): Provided[] | string {
  const modules = new Map<ModuleClass['call'], Provided>();
  for (const { owner, source } of fields) {
    const name = owner.name?.text ?? '';
    const providing = all.flatMap(other => providersIn(sources, other, owner, name));
    if (providing.length === 0)
      return `no @Module in these sources has ${name} of ${source.path} among its providers or controllers`;
    for (const one of providing) modules.set(one.module.call, one);
  }
  for (const { source, module } of modules.values()) {
    const problem = addToModule(new Edits(source), module, 'providers', ['One']);
    if (problem !== undefined) return `${source.path} cannot provide it: ${problem}`;
  }
  return [...modules.values()];
}

function providersIn(sources: Sources, source: Source, owner: Field['owner'], name: string): Provided[] {
  if (!source.text.includes(name)) return [];
  const { ts } = sources;
  return moduleClassesOf(source).flatMap(module => {
    const uses = [...source.nodes(module.call)]
      .filter(ts.isIdentifier)
      .filter(({ text }) => sources.declarationOf(source, text)?.node === owner);
    return uses.some(use => isListed(ts, use)) ? [{ source, module }] : [];
  });
}
