import { addForRoot, forRootIn, rootModuleOf } from '../add/index.js';
import { compilerOf, type Files, moduleClassesOf, type Source, SOURCE_FILE, Sources } from '../source/index.js';
import type { Change } from './disk.js';
import { findElsewhere } from './elsewhere.js';
import { Found, MODULES, type Obstacle } from './found.js';
import { type Migrated, planOf } from './plan.js';
import { findReceivings } from './receivings.js';
import { Rewrite, signalFile } from './rewrite.js';
import { findSendings } from './sendings.js';

/** The changes of a migration, and the places that it leaves alone. */
export interface Migration {
  readonly signals: readonly MigratedSignal[];
  readonly leftAlone: readonly Obstacle[];
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
}

/** A name, the signal that it becomes, and the places that change. */
export interface MigratedSignal {
  readonly name: string;
  readonly className: string;
  readonly path: string;
  readonly sentAt: readonly string[];
  readonly receivedAt: readonly string[];
}

/** In an application of TypeScript, JavaScript is what the compiler has made. */
const TYPED_FILE = /(?<!\.d)\.[cm]?tsx?$/;

/** Computes how the names that an application sends with `EventEmitter2` become signals. Nothing is written. */
export function migrate(directory: string, files: Files, only: readonly string[] = []): Migration {
  const sources = new Sources(compilerOf(directory), files);
  const kept = files.read('tsconfig.json') === undefined ? SOURCE_FILE : TYPED_FILE;
  const all = files
    .list('')
    .filter(path => kept.test(path))
    .flatMap(path => sources.at(path) ?? []);
  const found = new Found();
  const using = all.filter(({ text }) => MODULES.some(module => text.includes(module)));
  for (const source of using) findReceivings(source, found);
  for (const source of using) findSendings(source, found);
  for (const source of all) findElsewhere(source, found);
  const rewrite = new Rewrite();
  const planned = withForRoot(sources, planOf(sources, all.flatMap(moduleClassesOf), found, only), rewrite, found);
  rewrite.all(planned);
  const changed = [...rewrite.edits.values()]
    .map(edits => ({ path: edits.source.path, before: edits.source.text, after: edits.apply() }))
    .filter(({ before, after }) => before !== after);
  const made = planned.map(one => ({ path: one.path, before: undefined, after: signalFile(one) }));
  return {
    signals: planned.map(shown),
    leftAlone: found.obstacles,
    changes: [...made, ...changed].sort((one, other) => (one.path < other.path ? -1 : 1)),
    notes: planned.length > 0 ? remaining(using, changed) : [],
  };
}

function shown({ name, className, path, receivings, sendings }: Migrated): MigratedSignal {
  return { name, className, path, sentAt: sendings.map(({ at }) => at), receivedAt: receivings.map(({ at }) => at) };
}

/** Imports `SignalsModule.forRoot()` in the root modules of what is migrated; without it nothing is. */
function withForRoot(sources: Sources, planned: readonly Migrated[], rewrite: Rewrite, found: Found): Migrated[] {
  const roots = new Set(planned.map(({ sourceRoot }) => sourceRoot));
  const ready = [...roots].filter(sourceRoot => {
    if (forRootIn(sources, sourceRoot) !== undefined) return true;
    const root = rootModuleOf(sources, sourceRoot);
    const problem = root ? addForRoot(rewrite.of(root.source), root) : 'no root module was found';
    const why = `SignalsModule.forRoot() must be imported first, by hand: ${problem}`;
    const names = planned.filter(one => one.sourceRoot === sourceRoot).map(({ name }) => name);
    if (problem !== undefined) for (const name of names) found.leaveAlone(root?.source.path ?? sourceRoot, name, why);
    return problem === undefined;
  });
  return planned.filter(({ sourceRoot }) => ready.includes(sourceRoot));
}

/** Says where the old module may be removed, if nothing uses it any more. */
function remaining(using: readonly Source[], changed: readonly Change[]): string[] {
  const after = using.map(source => ({
    path: source.path,
    text: changed.find(({ path }) => path === source.path)?.after ?? source.text,
  }));
  const still = after.filter(({ text }) => MODULES.some(module => text.includes(module)));
  if (still.some(({ text }) => /\b(?:OnEvent|EventEmitter2)\b/.test(text))) return [];
  return still.map(
    ({ path }) =>
      `Nothing uses EventEmitterModule any more: remove it from ${path}, and uninstall @nestjs/event-emitter.`,
  );
}
