import { SignalError } from '../core/index.js';

/**
 * Refuses a decorator of the ECMAScript standard, which is called with a context in the place of the key that Nest needs.
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
