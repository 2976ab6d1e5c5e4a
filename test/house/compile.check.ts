import { join } from 'node:path';
import ts from 'typescript';
import { REPOSITORY, sourcesIn } from './repository.js';

/** Rooms that an application may leave out, with the package that each is for. */
const OPTIONAL = ['mikro-orm', 'passport', 'http', 'rows', 'testing', 'opentelemetry', 'cli'];

/** The sources that combine the rooms, and therefore need all of them. */
const FRONT = ['lib/index.ts', 'lib/signals.module.ts'];

/** The live page runs in browsers, and has a tsconfig.json of its own. */
const paths = sourcesIn('lib').flatMap(({ path }) => (path.startsWith('lib/inspector/page/') ? [] : [path]));
const { config } = ts.readConfigFile(join(REPOSITORY, 'tsconfig.json'), path => ts.sys.readFile(path));
const { options } = ts.parseJsonConfigFileContent(
  { ...(config as object), files: [], include: [] },
  ts.sys,
  REPOSITORY,
);
const host = cached(ts.createCompilerHost(options));

/** Parses each file once for all programs. */
function cached(made: ts.CompilerHost): ts.CompilerHost {
  const files = new Map<string, ts.SourceFile | undefined>();
  const read = made.getSourceFile.bind(made);
  made.getSourceFile = (name, ...rest) => {
    if (!files.has(name)) files.set(name, read(name, ...rest));
    return files.get(name);
  };
  return made;
}

/** Returns the errors of the compiler in these files, and each other file of `lib` that they load. */
function errorsOf(files: readonly string[]): string[] {
  const program = ts.createProgram({
    rootNames: files.map(path => join(REPOSITORY, path)),
    options: { ...options, types: ['node'] },
    host,
  });
  const loaded = program.getSourceFiles().map(({ fileName }) => fileName.replace(`${REPOSITORY}/`, ''));
  const others = loaded.filter(path => path.startsWith('lib/') && !files.includes(path));
  const errors = [...program.getSemanticDiagnostics(), ...program.getGlobalDiagnostics()];
  return [...others.map(path => `${path} is needed`), ...errors.map(textOf)];
}

function textOf({ file, messageText }: ts.Diagnostic): string {
  return `${file?.fileName.replace(`${REPOSITORY}/`, '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}

describe('The types of lib', () => {
  it('are complete in core alone', () => {
    expect(errorsOf(paths.filter(path => path.startsWith('lib/core/')))).toEqual([]);
  }, 120_000);

  it.each([
    ...OPTIONAL,
    'pg-boss, cli',
    'inspector, cli',
    'schematics, cli',
    'durable, pg-boss, rows, testing, opentelemetry, inspector, cli',
  ])(
    'are complete without lib/%s',
    rooms => {
      const left = rooms.split(', ').map(room => `lib/${room}/`);
      const others = paths.filter(path => !FRONT.includes(path) && !left.some(room => path.startsWith(room)));
      expect(errorsOf(others)).toEqual([]);
    },
    120_000,
  );

  it('are not complete without core', () => {
    const others = paths.filter(path => !FRONT.includes(path) && !path.startsWith('lib/core/'));
    expect(errorsOf(others)).toContain('lib/core/index.ts is needed');
  }, 120_000);
});
