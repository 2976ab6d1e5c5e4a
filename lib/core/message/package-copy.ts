import { SignalError } from './errors.js';

/** The property through which the classes of every copy of the package show which one they are of. */
export const PACKAGE: unique symbol = Symbol.for('nestjs-signals:package');

/**
 * This copy of the package, of which a process may have loaded several, with the file that was loaded: as the stack shows it,
 * because `import.meta` is a syntax error where the package is compiled to CommonJS.
 */
export const THIS_COPY = {
  file: /\bat (?:.*\()?(.+?):\d+:\d+/.exec(String(new Error().stack))?.[1] ?? 'unknown',
};

/**
 * Refuses a class of another copy of the package: its symbols, classes and registries are not those of this one.
 *
 * @param name - how the error shows what is of two copies.
 * @throws {SignalError} `PACKAGE_LOADED_TWICE`
 */
export function refuseOtherCopy(type: unknown, name: string, at: string): void {
  const copy = typeof type === 'function' ? (type as { [PACKAGE]?: typeof THIS_COPY })[PACKAGE] : undefined;
  if (!copy || copy === THIS_COPY) return;
  throw new SignalError('PACKAGE_LOADED_TWICE', {
    what: `${name} is of another copy of nestjs-signals than what it meets: ${THIS_COPY.file} and ${copy.file} are both loaded.`,
    at,
    fix:
      'install one copy for all: `npm ls nestjs-signals` shows who brings another, and a library names it among its ' +
      'peerDependencies. After jest.resetModules(), import everything again.',
  });
}
