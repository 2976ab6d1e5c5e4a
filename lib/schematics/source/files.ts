import { relative, resolve } from 'node:path/posix';

/** The files of an application, by their path below its folder, with slashes. */
export interface Files {
  /** Returns the text of a file; undefined if there is none. */
  read(path: string): string | undefined;
  /** Returns the paths of all files in a folder and below it. */
  list(folder: string): string[];
}

/** Folders that hold no sources. */
export const NOT_SOURCES = /^(?:\.|node_modules$|dist$|build$|coverage$)/;

export const SOURCE_FILE = /(?<!\.d)\.[cm]?[jt]sx?$/;

export const TEST_FILE = /[.-](?:spec|test)\.[cm]?[jt]sx?$|(?:^|\/)(?:test|tests|__tests__)\//;

/** Returns the file that a module specifier names, as seen from a file; undefined for packages. */
export function resolveModule(files: Files, from: string, specifier: string): string | undefined {
  const isRelative = /^\.{1,2}(?:\/|$)/.test(specifier);
  // Applications with a `baseUrl` write `src/app.module`.
  const base = isRelative ? joined(from, '..', specifier) : specifier;
  const exact = SOURCE_FILE.test(base) ? [base.replace(/js(x?)$/, 'ts$1'), base] : [];
  const extended = ['ts', 'tsx', 'mts', 'js', 'mjs'].map(extension => `${base}.${extension}`);
  const index = ['ts', 'js'].map(extension => `${base}/index.${extension}`);
  return [...exact, ...extended, ...index].find(path => files.read(path) !== undefined);
}

/** Joins two paths with slashes, and takes `.` and `..` away. */
export function joined(...parts: readonly string[]): string {
  return resolve('/', `./${parts.join('/').replaceAll('\\', '/')}`).slice(1);
}

/** Returns the specifier by which one file imports another. */
export function specifierOf(from: string, to: string, hasExtension: boolean): string {
  const path = relative(`/${joined(from, '..')}`, `/${joined(to)}`);
  const specifier = path.startsWith('../') ? path : `./${path}`;
  return specifier.replace(/\.([cm]?)tsx?$/, hasExtension ? '.$1js' : '');
}
