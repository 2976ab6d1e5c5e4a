import { isDeepStrictEqual } from 'node:util';
import { COPY } from '../core/index.js';

/**
 * Whether `actual` is what was expected: of a plain object at least what it has, anything else the whole. Asks the
 * placeholders of a test runner, such as `expect.any(String)`.
 */
export function fits(expected: unknown, actual: unknown): boolean {
  if (isPlaceholder(expected)) return expected.asymmetricMatch(actual);
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) && expected.length === actual.length && expected.every((one, at) => fits(one, actual[at]))
    );
  }
  if (!isPlain(expected)) return isDeepStrictEqual(actual, expected);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([name, value]) => fits(value, (actual as Record<string, unknown>)[name]));
}

interface Placeholder {
  asymmetricMatch(actual: unknown): boolean;
}

function isPlaceholder(value: unknown): value is Placeholder {
  return typeof (value as Partial<Placeholder> | null | undefined)?.asymmetricMatch === 'function';
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // An object of another realm, such as a test runner's, is plain, too, and so is what `payloadOf()` gives.
  return prototype === null || COPY in value || Object.getPrototypeOf(prototype) === null;
}
