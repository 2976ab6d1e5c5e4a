import { globSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { SignalError } from '../core/index.js';
import { readJson } from './files.js';

interface Compiling {
  readonly tsConfigPath?: unknown;
  readonly webpack?: unknown;
  readonly builder?: unknown;
}

interface NestCli {
  readonly compilerOptions?: Compiling;
  readonly projects?: Readonly<Record<string, { readonly compilerOptions?: Compiling }>>;
}

interface PackageJson {
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
}

/**
 * Returns the path of the file with the root module.
 *
 * It is called `app.module.js`, or else as a project of the workspace: `billing.module.js`.
 *
 * @param named - on the command line: a file, or a folder with one. Default: the one where the application is built to.
 * @throws {SignalError} `ENTRY_NOT_FOUND`
 */
export function findEntry(named: string | undefined, directory: string): string {
  if (named === undefined) return onlyEntry(outputFolders(directory), 'No ENTRY was named', directory);
  const path = resolve(directory, named);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return onlyEntry([named], `ENTRY is the folder ${named}`, directory);
  if (stats) return path;
  throw notFound(`There is no file ${named}.`, directory);
}

function onlyEntry(folders: readonly string[], named: string, directory: string): string {
  const { projects } = nestCliOf(directory);
  const inFolders = (name: string) => [
    ...new Set(folders.flatMap(folder => entriesIn(resolve(directory, folder), name))),
  ];
  const usual = inFolders('app');
  const found = usual.length > 0 ? usual : Object.keys(projects ?? {}).flatMap(inFolders);
  if (found.length === 1) return found[0]!;
  const looked = folders.map(folder => join(folder, '**', 'app.module.js').split(sep).join('/')).join(', ');
  const paths = found.map(path => relative(directory, path));
  if (found.length === 0) throw notFound(`${named}, and none was found. Looked for: ${looked}.`, directory);
  const several = `${named}, and there are ${found.length}: ${paths.join(', ')}.`;
  throw notFound(several, directory, `name one, as in nestjs-signals list ${paths[0]}.`);
}

function notFound(what: string, at: string, fix = `build the application, and ${howToName(at)}`): SignalError {
  return new SignalError('ENTRY_NOT_FOUND', { what, at, fix });
}

/** How to name the file that a command needs. */
export function howToName(directory: string): string {
  const isBundled = compilingOf(directory).some(
    options => options?.webpack === true || /webpack|rspack/.test(JSON.stringify(options?.builder ?? '')),
  );
  return `name the file with its root module: nestjs-signals list dist/app.module.js.${
    isBundled ? ' A bundle has no such file: build it for this with nest build --builder tsc.' : ''
  }`;
}

function nestCliOf(directory: string): NestCli {
  return readJson<NestCli>(resolve(directory, 'nest-cli.json'));
}

/** How the application, and each project of a workspace, is compiled. */
function compilingOf(directory: string): (Compiling | undefined)[] {
  const nest = nestCliOf(directory);
  return [nest, ...Object.values(nest.projects ?? {})].map(({ compilerOptions }) => compilerOptions);
}

function entriesIn(folder: string, name: string): string[] {
  const paths = globSync(`**/${name}.module.{js,mjs,cjs}`, {
    cwd: folder,
    exclude: entry => entry === 'node_modules',
  });
  return paths.map(path => join(folder, path));
}

/** The folders that the application may be built to, as its configuration says, and the usual one. */
function outputFolders(directory: string): string[] {
  const { main, scripts = {} } = readJson<PackageJson>(resolve(directory, 'package.json'));
  const configs = compilingOf(directory).map(options => options?.tsConfigPath);
  const started = Object.values(scripts).map(
    script => /\bnode (?:\S+ )*?(\S+)\/main(?:\.[cm]?js)?(?:\s|$)/.exec(String(script))?.[1],
  );
  const folders = [
    ...[...configs, 'tsconfig.build.json', 'tsconfig.json'].map(config => outDirOf(directory, config)),
    typeof main === 'string' ? dirname(main) : undefined,
    ...started,
    'dist',
  ];
  const named = folders.flatMap(folder => (folder === undefined ? [] : [join(folder)]));
  return [...new Set(named)].filter(folder => folder !== '.' && !folder.startsWith('..'));
}

function outDirOf(directory: string, config: unknown): string | undefined {
  if (typeof config !== 'string') return undefined;
  const { compilerOptions } = readJson<{ compilerOptions?: { outDir?: unknown } }>(resolve(directory, config));
  const outDir = compilerOptions?.outDir;
  return typeof outDir === 'string' ? join(dirname(config), outDir) : undefined;
}
