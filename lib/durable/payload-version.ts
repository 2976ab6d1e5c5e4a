import { type Channel, nameOf, SignalError } from '../core/index.js';
import { versionOf } from './stored-message.js';

/**
 * Checks `static version` and `static upgrade` of a signal that is received durably.
 *
 * @throws {SignalError} `PAYLOAD_INVALID` if an older payload could reach a receiver that expects the new shape.
 */
export function checkVersion({ name, signal, schema }: Channel, at: string): void {
  const version: unknown = versionOf(signal);
  if (!Number.isInteger(version) || (version as number) < 1) {
    const what = `The version of ${name} is ${nameOf(version)}, and versions are compared.`;
    throw new SignalError('PAYLOAD_INVALID', { what, at, fix: 'give it a whole number from 1 on.' });
  }
  const hasUpgrade = typeof (signal as { upgrade?: unknown }).upgrade === 'function';
  if (version === 1 || schema || hasUpgrade) return;
  throw new SignalError('PAYLOAD_INVALID', {
    what: `${name} has version ${String(version)}, and nothing brings stored payloads of an older version up to date.`,
    at,
    fix: `write static upgrade(payload, from) in ${name}: it returns an older payload in the new shape, or as it is.`,
  });
}
