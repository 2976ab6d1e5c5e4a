import { isAsyncFunction } from 'node:util/types';
import {
  badOption,
  canWait,
  frozenContext,
  isThenable,
  LONGEST_TIMER_MS,
  nameOf,
  type OptionKind,
  type OptionKinds,
  type OptionOwner,
  optionOwner,
  type SignalContext,
  wholeNumber,
} from '../core/index.js';

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

/** Returns the owner of the options of `forRoot()`, or of those under one of them. */
export function forRootOptions(parent?: 'mikroOrm' | 'passport'): OptionOwner {
  const root = optionOwner('SignalsModule.forRoot', 'give an object, or a factory that returns one.', 'SignalsModule');
  if (!parent) return root;
  const at = (name?: string) => root.at(name ? `${parent}: { ${name} }` : parent);
  return { ...root, at, path: `${parent}.`, fix: 'give an object, or false to switch it off.' };
}

/** A kind for options that are checked by their room. */
export const CHECKED_BY_ROOM: OptionKind = { accepts: () => true, fix: '' };

/** The kinds of the options that concern every room. */
export const ROOT_OPTIONS: OptionKinds<RootOptions> = {
  context: {
    accepts: value => typeof value === 'function' && !isAsyncFunction(value),
    why: value => (isAsyncFunction(value) ? PROMISED : 'it is not a function'),
    fix: 'give a function of the request that returns an object at once; asynchronous work belongs in a guard.',
  },
  maxDepth: wholeNumber(1),
  slowReceiverMs: {
    accepts: value => value === false || canWait(value, { min: Number.MIN_VALUE }),
    fix: 'give milliseconds, more than 0, or false.',
  },
  shutdownTimeoutMs: {
    accepts: value => canWait(value, { min: 0 }),
    fix: `give milliseconds, 0 for no waiting, at most ${LONGEST_TIMER_MS} (24 days).`,
  },
};

const PROMISED = 'it returns a promise, and sends do not wait for it';

/**
 * Returns the answer of `forRoot({ context })` for a request, frozen.
 *
 * @throws {SignalError} `UNKNOWN_OPTION` if the answer is not an object.
 */
export function contextFrom(read: NonNullable<RootOptions['context']>, request: object): Readonly<SignalContext> {
  const context: unknown = read(request);
  if (typeof context === 'object' && context !== null && !Array.isArray(context) && !isThenable(context)) {
    return frozenContext(context as SignalContext);
  }
  if (isThenable(context)) context.then(undefined, () => {});
  const why = isThenable(context) ? PROMISED : `it returned ${nameOf(context)}`;
  throw badOption(forRootOptions(), 'context', why, 'return an object, such as { actor: request.user?.id }, at once.');
}
