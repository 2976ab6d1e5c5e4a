import { inspect } from 'node:util';
import { given } from './given.js';

/** An error as it is stored and shown to operators. */
export interface ShownError {
  readonly name?: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly cause?: ShownError;
}

const LONGEST = 8000;
/** How many causes of causes are kept. */
const CAUSES = 3;

/**
 * Shows whatever was thrown, in text that PostgreSQL stores. Reading it may fail: it may be a proxy, or have getters
 * that throw.
 */
export function shownError(error: unknown, causes = CAUSES): ShownError {
  const code = memberOf(error, 'code');
  const cause = memberOf(error, 'cause');
  return {
    ...given({ name: textOf(memberOf(error, 'name')) }),
    message: textOf(memberOf(error, 'message')) ?? cleaned(described(error)),
    ...given({
      stack: textOf(memberOf(error, 'stack')),
      code: textOf(typeof code === 'number' ? String(code) : code),
      cause: cause !== undefined && causes > 0 ? shownError(cause, causes - 1) : undefined,
    }),
  };
}

/** `instanceof`, which throws for proxies that are revoked. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/** An error as a logger can print it: itself where reading it is safe, or else the text that shows it. */
export function printable(error: unknown): unknown {
  const isReadable =
    isA(error, Error) && typeof memberOf(error, 'stack') === 'string' && typeof memberOf(error, 'message') === 'string';
  if (isReadable || typeof error !== 'object' || error === null) return error;
  return shownError(error).message;
}

/** A property of whatever was thrown; undefined where it cannot be read. */
export function memberOf(error: unknown, name: string): unknown {
  try {
    return (error as Record<string, unknown> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** Returns the text of `inspect` for a value, without running code of the value. */
export function described(error: unknown): string {
  if (typeof error === 'string') return error;
  try {
    return inspect(error, { depth: 1, showProxy: true, customInspect: false });
  } catch {
    return 'something that cannot be shown';
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? cleaned(value) : undefined;
}

function cleaned(text: string): string {
  return text.slice(0, LONGEST).toWellFormed().replaceAll('\0', '');
}
