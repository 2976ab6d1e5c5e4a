import { type SignalContext, SignalError } from '../core/index.js';

/** What `forRoot()` was given, checked. */
export const SIGNALS_OPTIONS: unique symbol = Symbol('SignalsModuleOptions');

/** The options of `forRoot()` that concern every room. */
export interface RootOptions {
  /**
   * Who did it: what every message sent in a request carries as `message.context`. Called once per request, at
   * its first send that has receivers.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- a request is what the HTTP adapter makes it
  context?: (request: any) => SignalContext;
  /** How deep sends may be nested. Default: 32. */
  maxDepth?: number;
  /** How long a shutdown waits for sends that are under way, in milliseconds. Default: 5000. */
  shutdownTimeoutMs?: number;
}

export const ROOT_OPTION_NAMES: readonly (keyof RootOptions)[] = ['context', 'maxDepth', 'shutdownTimeoutMs'];

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkOptionNames(options: object, known: readonly string[], path = ''): void {
  const unknown = Object.keys(options).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `SignalsModule has no option '${path}${unknown}'.`,
    at: `SignalsModule.forRoot({ ${path}${unknown} })`,
    fix: `use one of ${known.map(name => path + name).join(', ')}.`,
  });
}

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkRootOptions({ context, maxDepth = 32, shutdownTimeoutMs = 0 }: RootOptions): void {
  if (context !== undefined && typeof context !== 'function') {
    throw badOption('context', 'it is not a function', 'give a function of the request.');
  }
  if (!Number.isInteger(maxDepth) || maxDepth < 1) {
    throw badOption('maxDepth', `it is ${String(maxDepth)}`, 'give a whole number from 1 up.');
  }
  if (!Number.isFinite(shutdownTimeoutMs) || shutdownTimeoutMs < 0) {
    throw badOption('shutdownTimeoutMs', `it is ${String(shutdownTimeoutMs)}`, 'give milliseconds, 0 for no waiting.');
  }
}

function badOption(name: string, why: string, fix: string): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: `The option '${name}' of SignalsModule cannot be used: ${why}.`,
    at: `SignalsModule.forRoot({ ${name} })`,
    fix,
  });
}
