import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalError } from '../core/index.js';
import type { SignalGraph } from '../inspector/index.js';
import { findEntry, howToName } from './entry.js';
import { fileText, importFile } from './files.js';
import { rootModuleOf } from './root-module.js';
import type { Terminal } from './terminal.js';

/** A line of a stack that is neither of Node nor of a package. */
const OWN_FRAME = /^ +at (?:.* \()?((?:file:\/|\/|[A-Za-z]:\\)(?!.*[\\/]node_modules[\\/])[^()]*)\)?$/m;

/** The version of `SignalGraph` that these commands read. */
const VERSION = 1;

/**
 * Returns the graph of the application in a file, from a preview: Nest makes no provider and runs no factory.
 *
 * What the application prints meanwhile goes to the error output: the output belongs to the command.
 *
 * @throws {SignalError} `ENTRY_NOT_FOUND`, `ENTRY_INVALID`, and what is wrong with the signals of the application.
 */
export async function previewOf(named: string | undefined, { directory }: Terminal): Promise<SignalGraph> {
  const entry = findEntry(named, directory);
  const at = relative(directory, entry) || entry;
  refuseMain(entry, at, directory);
  using _ = outputToErrors();
  const failed = (why: string) => (error: unknown) => {
    throw isCoded(error) ? error : invalid(at, why, error);
  };
  const exported = await importFile(entry).catch(failed('it cannot be loaded'));
  const root = await rootModuleOf(exported, at);
  // Both of the application: another copy of them would know nothing of its signals.
  const { NestFactory } = await nestOf(entry);
  const { graphOf } = await inspectorOf(entry);
  const options = { preview: true, logger: false, abortOnError: false } as const;
  const app = await NestFactory.createApplicationContext(root, options).catch(
    failed('Nest cannot build the application'),
  );
  const graph = shownGraph(() => graphOf(app), at);
  if (graph.version !== VERSION)
    throw invalid(
      at,
      `it has nestjs-signals of another version (graph ${String((graph as { version: unknown }).version)})`,
    );
  return graph;
}

/** An application whose root module gets its imports from a static method has none without it. */
function shownGraph(make: () => SignalGraph, at: string): SignalGraph {
  try {
    return make();
  } catch (error) {
    if (!isCoded(error) || error.code !== 'MODULE_NOT_IMPORTED') throw error;
    throw new SignalError('ENTRY_INVALID', {
      what: `The root module that ${at} exports does not import SignalsModule.forRoot().`,
      at,
      fix: 'import it there; if a static method of the module makes its imports, name a file whose default export is what the method returns.',
      cause: error,
    });
  }
}

/** An error of this package, whichever copy of it has made it. */
export function isCoded(error: unknown): error is SignalError {
  return error instanceof Error && error.name === 'SignalError' && 'code' in error;
}

function nestOf(entry: string): Promise<typeof import('@nestjs/core')> {
  const resolved = tryResolve(entry, '@nestjs/core');
  return resolved === undefined ? import('@nestjs/core') : importFile(resolved);
}

async function inspectorOf(entry: string): Promise<typeof import('../inspector/index.js')> {
  const name = 'nestjs-signals/inspector';
  const own = packageFolder(fileURLToPath(import.meta.url));
  const resolved = tryResolve(entry, name);
  return resolved === undefined || packageFolder(resolved) === own
    ? import('../inspector/index.js')
    : importFile<typeof import('../inspector/index.js')>(resolved);
}

function packageFolder(path: string): string {
  const folder = dirname(path);
  return folder === path || existsSync(join(folder, 'package.json')) ? folder : packageFolder(folder);
}

function tryResolve(entry: string, name: string): string | undefined {
  try {
    return createRequire(entry).resolve(name);
  } catch {
    return undefined;
  }
}

/** To load the file that starts the application would start it. */
function refuseMain(entry: string, at: string, directory: string): void {
  if (!/\bNestFactory\b[^;]*?\.create/.test(fileText(entry) ?? '')) return;
  throw new SignalError('ENTRY_INVALID', {
    what: `${at} starts the application, and a list must not.`,
    at,
    fix: howToName(directory),
  });
}

function invalid(at: string, why: string, cause?: unknown): SignalError {
  const { message = '', stack = '' } = (cause ?? {}) as Partial<Error>;
  const frame = OWN_FRAME.exec(stack)?.[1];
  return new SignalError('ENTRY_INVALID', {
    what: `${at} cannot be shown: ${why}${message && `: ${message}`}`,
    at: frame ? frame.replace(/^file:\/\//, '') : at,
    fix: /\.[cm]?js$/.test(at)
      ? 'correct it, or name another file with a root module.'
      : 'name the built file, such as dist/app.module.js.',
    cause,
  });
}

function outputToErrors(): Disposable {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return { [Symbol.dispose]: () => void (process.stdout.write = write) };
}
