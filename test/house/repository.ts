import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

const NOT_OURS = ['node_modules', 'dist', 'coverage', '.pack', '.git'];

/** A file of the repository, by its path there. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** A TypeScript file. */
export interface Source extends TextFile {
  readonly ast: ts.SourceFile;
}

/** The files below a folder of the repository, in order; not what is installed or built. */
export function filesIn(folder: string): TextFile[] {
  if (!existsSync(join(REPOSITORY, folder))) return [];
  return pathsIn(folder).sort().map(fileAt);
}

function pathsIn(folder: string): string[] {
  const entries = readdirSync(join(REPOSITORY, folder), { withFileTypes: true });
  return entries
    .filter(({ name }) => !NOT_OURS.includes(name))
    .flatMap(entry => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? pathsIn(path) : entry.isFile() ? [path] : [];
    });
}

/** The files that stand in the repository itself. */
export function filesAtTheTop(): TextFile[] {
  return readdirSync(REPOSITORY, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => fileAt(entry.name));
}

export function fileAt(path: string): TextFile {
  return { path, text: readFileSync(join(REPOSITORY, path), 'utf8') };
}

export function filesOf(texts: Readonly<Record<string, string>>): TextFile[] {
  return Object.entries(texts).map(([path, text]) => ({ path, text }));
}

export function sourcesOf(texts: Readonly<Record<string, string>>): Source[] {
  return filesOf(texts).map(sourceOf);
}

export function sourcesIn(...folders: string[]): Source[] {
  return folders
    .flatMap(filesIn)
    .filter(({ path }) => /\.tsx?$/.test(path))
    .map(sourceOf);
}

function sourceOf({ path, text }: TextFile): Source {
  return { path, text, ast: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** `lib/core/signal.ts:12` */
export function place(source: Source, node: ts.Node): string {
  return `${source.path}:${source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1}`;
}

/** The node and all that it is made of, in the order of the text. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, child => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

interface PackageJson {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

export const PACKAGE = JSON.parse(fileAt('package.json').text) as PackageJson;

/** The entry points of the package by the name that users import, and the sources that they are made of. */
export const DOORS: ReadonlyMap<string, string> = new Map(
  Object.entries(PACKAGE.exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [[path.replace('.', PACKAGE.name), target.types.replace('./dist/', 'lib/').replace('.d.ts', '.ts')] as const],
  ),
);
