import { type Channel, SignalError } from '../core/index.js';
import type { Received } from './job-call.js';

/**
 * Refuses a second signal of one name for a durable receiver: a stored message says by name which signal it is of.
 *
 * @throws {SignalError} `SIGNAL_NAME_TAKEN`
 */
export function refuseSameName(known: Received | undefined, channel: Channel, at: string): void {
  if (!known || known.channel === channel || !known.channel.has(known.record)) return;
  throw new SignalError('SIGNAL_NAME_TAKEN', {
    what: `The durable receiver ${known.record.uid} receives two signals of the name ${channel.name}, whose stored messages could not be distinguished.`,
    at,
    fix: `name one of them: static readonly signalName = 'orders.${channel.name}'; its messages that are stored already keep the old name.`,
  });
}
