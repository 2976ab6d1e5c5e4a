import { isAsyncFunction } from 'node:util/types';
import { canWait, isThenable, LONGEST_TIMER_MS, nameOf, type SignalContext, SignalError } from '../core/index.js';

/** The token of the options of `forRoot()`, checked. */
export const SIGNALS_OPTIONS: unique symbol = Symbol('SignalsModuleOptions');

/** The options of `forRoot()` that concern every room. */
export interface RootOptions {
  /**
   * Reads from a request who acts: `message.context` of every message that is sent in it. It is called at each send that
   * has receivers, so that a send before a guard has found the user does not decide for later sends.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- a request is what the HTTP adapter makes it
  context?: (request: any) => SignalContext;
  /** The depth to which sends may be nested. Default: 32. */
  maxDepth?: number;
  /** A receiver that keeps its sender waiting longer than this, in milliseconds, is warned of once. Default: 10000; false: never. */
  slowReceiverMs?: number | false;
  /** The time that a shutdown waits for sends that are under way, in milliseconds. Default: 5000. */
  shutdownTimeoutMs?: number;
}

export const ROOT_OPTION_NAMES: readonly (keyof RootOptions)[] = [
  'context',
  'maxDepth',
  'slowReceiverMs',
  'shutdownTimeoutMs',
];

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkOptionNames(options: unknown, known: readonly string[], path = ''): asserts options is object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw noOptions(options, path);
  const unknown = Object.keys(options).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `SignalsModule has no option '${path}${unknown}'.`,
    at: `SignalsModule.forRoot({ ${path}${unknown} })`,
    fix: `use one of ${known.map(name => path + name).join(', ')}.`,
  });
}

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkRootOptions({
  context,
  maxDepth = 32,
  slowReceiverMs = 1,
  shutdownTimeoutMs = 0,
}: RootOptions): void {
  if (context !== undefined && typeof context !== 'function') {
    throw badOption('context', 'it is not a function', 'give a function of the request.');
  }
  if (isAsyncFunction(context)) throw promisedContext();
  if (!Number.isInteger(maxDepth) || maxDepth < 1) {
    throw badOption('maxDepth', `it is ${String(maxDepth)}`, 'give a whole number from 1 up.');
  }
  if (slowReceiverMs !== false && !isTime(slowReceiverMs)) {
    throw badOption('slowReceiverMs', `it is ${String(slowReceiverMs)}`, 'give milliseconds, more than 0, or false.');
  }
  if (!canWait(shutdownTimeoutMs, { min: 0 })) {
    throw badOption(
      'shutdownTimeoutMs',
      `it is ${String(shutdownTimeoutMs)}`,
      `give milliseconds, 0 for no waiting, at most ${LONGEST_TIMER_MS} (24 days).`,
    );
  }
}

/** Refuses a value in the place of options, such as `true`, that would stand for all the defaults. */
function noOptions(value: unknown, path: string): SignalError {
  const name = path.replace(/\.$/, '');
  const at = name ? `SignalsModule.forRoot({ ${name} })` : 'SignalsModule.forRoot()';
  return new SignalError('UNKNOWN_OPTION', {
    what: `${name ? `The option '${name}'` : 'The options'} of SignalsModule cannot be ${nameOf(value)}.`,
    at,
    fix: name ? 'give an object, or false to switch it off.' : 'give an object; does the factory return one?',
  });
}

function badOption(name: string, why: string, fix: string): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: `The option '${name}' of SignalsModule cannot be used: ${why}.`,
    at: `SignalsModule.forRoot({ ${name} })`,
    fix,
  });
}

/**
 * Returns the answer of `forRoot({ context })` for a request.
 *
 * @throws {SignalError} `UNKNOWN_OPTION` if the answer is not an object.
 */
export function contextFrom(read: NonNullable<RootOptions['context']>, request: object): SignalContext {
  const context: unknown = read(request);
  if (isThenable(context)) {
    context.then(undefined, () => {});
    throw promisedContext();
  }
  if (typeof context === 'object' && context !== null && !Array.isArray(context)) return context as SignalContext;
  throw badOption(
    'context',
    `it returned ${nameOf(context)}`,
    'return an object, such as { actor: request.user?.id }.',
  );
}

function promisedContext(): SignalError {
  const fix =
    'return an object at once; what takes time belongs in a guard or in middleware, which put it on the request.';
  return badOption('context', 'it returns a promise, and sends do not wait for it', fix);
}

/** Timers of Node know no more than 2^31 - 1 ms. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value < 2 ** 31;
}
