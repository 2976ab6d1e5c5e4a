import { existsSync, globSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { SignalError } from '../core/index.js';
import { readJson } from './files.js';

interface Compiling {
  readonly tsConfigPath?: unknown;
}

interface NestCli {
  readonly compilerOptions?: Compiling;
  readonly projects?: Readonly<Record<string, { readonly compilerOptions?: Compiling }>>;
}

interface PackageJson {
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
}

/** The names of the file, best first. */
const NAMES = ['app.module.js', 'app.module.mjs', 'app.module.cjs'];

/**
 * Returns the path of the file with the root module.
 *
 * @param named - on the command line. Default: the one `app.module.js` where the application is built to.
 * @throws {SignalError} `ENTRY_NOT_FOUND`
 */
export function findEntry(named: string | undefined, directory: string): string {
  if (named !== undefined) {
    const path = resolve(directory, named);
    if (existsSync(path)) return path;
    throw notFound(`There is no file ${named}.`, `nestjs-signals in ${directory}`);
  }
  const folders = outputFolders(directory);
  const found = [...new Set(folders.flatMap(folder => entriesIn(join(directory, folder))))];
  if (found.length === 1) return found[0]!;
  const looked = folders.map(folder => `${folder}/**/${NAMES[0]}`).join(', ');
  const paths = found.map(path => relative(directory, path));
  throw found.length === 0
    ? notFound(`No ENTRY was named, and none was found. Looked for: ${looked}.`, directory)
    : new SignalError('ENTRY_NOT_FOUND', {
        what: `No ENTRY was named, and there are ${found.length}: ${paths.join(', ')}.`,
        at: directory,
        fix: `name one, as in nestjs-signals list ${paths[0]}.`,
      });
}

function notFound(what: string, at: string): SignalError {
  return new SignalError('ENTRY_NOT_FOUND', {
    what,
    at,
    fix: 'build the application, and name the file with its root module: nestjs-signals list dist/app.module.js.',
  });
}

function entriesIn(folder: string): string[] {
  const paths = globSync(
    NAMES.map(name => `**/${name}`),
    { cwd: folder, exclude: name => name === 'node_modules' },
  );
  return paths.map(path => join(folder, path));
}

/** The folders that the application may be built to, as its configuration says, and the usual one. */
function outputFolders(directory: string): string[] {
  const nest = readJson<NestCli>(resolve(directory, 'nest-cli.json'));
  const { main, scripts = {} } = readJson<PackageJson>(resolve(directory, 'package.json'));
  const projects = [nest, ...Object.values(nest.projects ?? {})];
  const configs = projects.map(({ compilerOptions }) => compilerOptions?.tsConfigPath);
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
