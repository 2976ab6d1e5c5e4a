import { SignalError } from '../core/index.js';

/**
 * Decorators of the standard are called with a context where those of TypeScript, which Nest needs, have a key.
 *
 * @throws {SignalError} `NOT_A_RECEIVER`
 */
export function refuseStandardDecorator(decorator: string, key: unknown): void {
  if (typeof key !== 'object' || key === null || !('kind' in key)) return;
  const { name } = key as { name?: unknown };
  throw new SignalError('NOT_A_RECEIVER', {
    what: `${decorator} on ${String(name)} was compiled as a decorator of the ECMAScript standard, which Nest does not read.`,
    at: `${decorator} on ${String(name)}`,
    fix: 'set "experimentalDecorators": true in tsconfig.json; for SWC, "legacyDecorator": true.',
  });
}
