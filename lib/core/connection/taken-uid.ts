import { SignalError } from '../message/errors.js';
import type { ConnectionRecord, Origin } from './connection.js';

/**
 * Refuses a second method with one uid for one sender: it would never be called.
 *
 * @throws {SignalError} `RECEIVER_UID_TAKEN`
 */
export function refuseTakenUid(signal: string, standing: ConnectionRecord, added: ConnectionRecord): void {
  const [there, here] = [standing.terms.origin, added.terms.origin];
  if (!there || !here || there.identity === here.identity) return;
  throw new SignalError('RECEIVER_UID_TAKEN', {
    what: `Two receivers of ${signal} have the uid '${added.uid}' for the same sender.`,
    at: `${there.where} and ${here.where}`,
    fix: isInherited(there, here)
      ? `override ${String(here.key)} in one of them, with an @OnSignal of its own that has another uid.`
      : 'give one of them another uid.',
  });
}

/** Two subclasses have one decorated method of their base class. */
function isInherited(one: Origin, other: Origin): boolean {
  const [method, otherMethod] = [one, other].map(({ receiverClass, key }) => {
    return (receiverClass.prototype as Record<string | symbol, unknown>)[key];
  });
  return one.key === other.key && method === otherMethod;
}
