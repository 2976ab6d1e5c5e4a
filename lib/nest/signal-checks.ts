import { nameOf, refuseOtherCopy, Signal, type SignalClass, SignalError } from '../core/index.js';

/** @throws {SignalError} `NOT_A_SIGNAL`, `PACKAGE_LOADED_TWICE` */
export function checkSignalClass(value: unknown, at: string): SignalClass {
  if (isSignalClass(value)) return value;
  refuseOtherCopy(value, nameOf(value), at);
  const missing = value === undefined;
  throw new SignalError('NOT_A_SIGNAL', {
    what: missing ? 'Where a signal is expected there is undefined.' : `${nameOf(value)} is not a signal.`,
    at,
    fix: missing
      ? 'check for a circular import between this file and the file of the signal.'
      : 'give a class that extends Signal.',
  });
}

export function isSignalClass(value: unknown): value is SignalClass {
  return typeof value === 'function' && value.prototype instanceof Signal;
}

/** @throws {SignalError} `NOT_A_SIGNAL`, `PACKAGE_LOADED_TWICE` */
export function checkSignalList(signals: unknown, at: string): readonly SignalClass[] {
  if (Array.isArray(signals) && signals.length > 0) return signals.map(signal => checkSignalClass(signal, at));
  throw new SignalError('NOT_A_SIGNAL', {
    what: Array.isArray(signals) ? 'The list of signals is empty.' : `${nameOf(signals)} is not a list of signals.`,
    at,
    fix: 'name the signals in brackets: [OrderPlaced].',
  });
}
