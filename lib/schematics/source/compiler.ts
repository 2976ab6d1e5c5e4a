import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';
import { oldNode, SignalError } from '../../core/index.js';

/** The API of TypeScript 5 and 6, which later versions do not have. */
export type Compiler = typeof ts;

/** Packages that bring a TypeScript of their own where the application compiles with another one. */
const BRINGERS = ['@nestjs/cli', '@nestjs/schematics', 'ts-jest', 'ts-node'];

/** The name under which an application has a second TypeScript. */
const SECOND = 'typescript-6';

/**
 * Loads the TypeScript of the application in a folder, or the one that its Nest CLI brings where that of the application
 * has no API.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`, `PEER_NOT_SUPPORTED`, `NODE_NOT_SUPPORTED`
 */
export function compilerOf(folder: string, program = process.argv[1]): Compiler {
  const old = oldNode('nestjs-signals/schematics');
  if (old) throw old;
  const own = createRequire(join(folder, 'package.json'));
  const brought = BRINGERS.flatMap(name => tried(() => createRequire(own.resolve(`${name}/package.json`))) ?? []);
  const running = program === undefined ? [] : [createRequire(program)];
  const ways = [() => own(SECOND), ...[own, ...brought, ...running].map(from => () => from('typescript'))];
  let found: string | undefined;
  for (const way of ways) {
    const compiler = tried<Compiler>(way);
    if (typeof compiler?.createSourceFile === 'function') return compiler;
    found ??= compiler?.version;
  }
  throw withoutApi(folder, found);
}

/** Undefined where a package is not installed, or fails. */
function tried<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}

function withoutApi(folder: string, version: string | undefined): SignalError {
  const fix = `npm install --save-dev ${SECOND}@npm:typescript@6`;
  return version === undefined
    ? new SignalError('PEER_NOT_INSTALLED', { what: "The package 'typescript' is not installed.", at: folder, fix })
    : new SignalError('PEER_NOT_SUPPORTED', {
        what: `The version of 'typescript' that is installed, ${version}, has no API to read sources with.`,
        at: folder,
        fix,
      });
}
