import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { REPOSITORY, type UnpackedTarball } from './tarball.ts';

/** A function that returns the faults of a tarball, one line for each fault. */
type Check = (tarball: UnpackedTarball) => Promise<string[]>;

/** The checks of a tarball beyond those of publint and attw, each under the statement that it checks. */
export const CHECKS: Readonly<Record<string, Check>> = {
  'holds what users need and nothing else': onlyWhatUsersNeed,
  'is made of the sources of today': nothingStale,
  'has source maps that stay inside': mapsStayInside,
  'can be required: no module awaits at its top level': noTopLevelAwait,
  'has declarations that are whole': wholeDeclarations,
  'names no directory of this machine': noMachinePaths,
};

const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'README.md', 'llms-full.md', 'llms.txt', 'package.json'];
/** The live page, bundled of sources that are not published. */
const PAGE = /^dist\/inspector\/page\/page\.(js|css)$/;
const PUBLISHED = [
  /^dist\/.+\.(js|d\.ts)(\.map)?$/,
  PAGE,
  /^lib\/.+\.(ts|md)$/,
  /^lib\/schematics\/[^/]+\.json$/,
  /^docs\/(?!\.).+\.(md|png)$/,
  /^[^/]+$/,
];
const NEVER = /\.(spec|tst)\.|\.tsbuildinfo$/;

async function onlyWhatUsersNeed({ files }: UnpackedTarball): Promise<string[]> {
  const surplus = files.filter(
    file =>
      NEVER.test(file) ||
      !PUBLISHED.some(pattern => pattern.test(file)) ||
      (!file.includes('/') && !DOCUMENTS.includes(file)),
  );
  const missing = DOCUMENTS.filter(file => !files.includes(file));
  return [...surplus.map(file => `${file} does not belong there`), ...missing.map(file => `${file} is missing`)];
}

/** A module without a source was left over from an earlier build. */
async function nothingStale({ files }: UnpackedTarball): Promise<string[]> {
  return files
    .filter(file => file.startsWith('dist/') && !PAGE.test(file))
    .filter(file => !files.includes(file.replace(/^dist/, 'lib').replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')))
    .map(file => `${file} has no source in lib`);
}

interface SourceMap {
  readonly sourceRoot?: string;
  readonly sources: readonly string[];
}

async function mapsStayInside({ directory, files }: UnpackedTarball): Promise<string[]> {
  const maps = files.filter(file => file.endsWith('.map'));
  const wrong = maps.map(async map => {
    const { sourceRoot = '', sources } = JSON.parse(await readFile(join(directory, map), 'utf8')) as SourceMap;
    const paths = sources.map(source => join(dirname(map), sourceRoot, source));
    return paths.filter(path => !files.includes(path)).map(path => `${map} points to ${path}`);
  });
  return (await Promise.all(wrong)).flat();
}

/** `require()` refuses a module graph in which anything awaits at the top level. */
async function noTopLevelAwait({ directory, files }: UnpackedTarball): Promise<string[]> {
  const modules = files.filter(file => file.endsWith('.js'));
  const wrong = modules.map(async file => {
    const text = await readFile(join(directory, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
    return source.statements.some(awaits) ? [`${file} awaits at its top level`] : [];
  });
  return (await Promise.all(wrong)).flat();
}

function awaits(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  const isAwait =
    ts.isAwaitExpression(node) ||
    (ts.isForOfStatement(node) && node.awaitModifier !== undefined) ||
    (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing);
  return isAwait || ts.forEachChild(node, child => awaits(child) || undefined) === true;
}

/** Returns the type errors of the declarations. `skipLibCheck` hides types that `stripInternal` removed, as `any`. */
async function wholeDeclarations({ files }: UnpackedTarball): Promise<string[]> {
  // The same files, where their imports find the packages.
  const roots = files.filter(file => file.endsWith('.d.ts')).map(file => join(REPOSITORY, file));
  const program = ts.createProgram(roots, {
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    noEmit: true,
  });
  const sources = program.getSourceFiles().filter(({ fileName }) => roots.includes(fileName));
  return sources.flatMap(source =>
    program.getSemanticDiagnostics(source).map(({ start = 0, messageText }) => {
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      return `${relative(REPOSITORY, source.fileName)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    }),
  );
}

async function noMachinePaths({ directory, files }: UnpackedTarball): Promise<string[]> {
  const texts = files.map(async file => ({ file, text: await readFile(join(directory, file), 'utf8') }));
  return (await Promise.all(texts))
    .filter(({ text }) => text.includes(REPOSITORY) || text.includes(directory))
    .map(({ file }) => `${file} names ${REPOSITORY}`);
}
