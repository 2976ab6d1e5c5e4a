import { nameOf, Signal, type SignalClass, SignalError } from '../core/index.js';

/** @throws {SignalError} `NOT_A_SIGNAL` */
export function checkSignalClass(value: unknown, at: string): SignalClass {
  if (typeof value === 'function' && value.prototype instanceof Signal) return value as unknown as SignalClass;
  const missing = value === undefined;
  throw new SignalError('NOT_A_SIGNAL', {
    what: missing ? 'Where a signal is expected there is undefined.' : `${nameOf(value)} is not a signal.`,
    at,
    fix: missing
      ? 'check for a circular import between this file and the file of the signal.'
      : 'give a class that extends Signal.',
  });
}
