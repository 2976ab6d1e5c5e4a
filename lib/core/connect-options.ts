import type { Channel } from './channel.js';
import type { ConnectOptions, Origin, Terms } from './connection.js';
import { inline } from './delivery.js';
import { SignalError } from './errors.js';

const OPTION_NAMES = ['sender', 'includeSubclasses', 'uid', 'delivery', 'fields'];

/** What a receiver without options is connected on; shared, so that it costs two fields and its place. */
const PLAIN_TERMS: Terms = { senders: [], includeSubclasses: false, delivery: inline };

/** Checks the options of a connection to `channel` and fills in the defaults. */
export function termsOf(channel: Channel, options?: ConnectOptions, origin?: Origin): Terms {
  if (!options && !origin) return PLAIN_TERMS;
  checkNames(channel, options ?? {}, origin);
  const { sender, includeSubclasses = false, uid, delivery = inline, fields } = options ?? {};
  const asked: readonly unknown[] = sender === undefined ? [] : Array.isArray(sender) ? sender : [sender];
  const senders = [...new Set(asked.map(one => channel.traits.senderKey(one)))];
  return { senders, includeSubclasses, uid, delivery, fields, origin };
}

function checkNames(channel: Channel, options: object, origin?: Origin): void {
  const known = OPTION_NAMES.filter(name => name !== 'fields' || channel.traits.changedFields);
  const unknown = Object.keys(options).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `A connection to ${channel.name} has no option '${unknown}'.`,
    at: origin?.where ?? `${channel.name}.connect()`,
    fix: `use one of ${known.join(', ')}.`,
  });
}

export function checkReceiver(channel: Channel, receiver: unknown): void {
  if (typeof receiver === 'function') return;
  throw new SignalError('NOT_A_RECEIVER', {
    what: `${channel.name} can only call functions, and was given ${receiver === null ? 'null' : `a ${typeof receiver}`}.`,
    at: `${channel.name}.connect()`,
    fix: 'connect a function, or decorate a method with @OnSignal.',
  });
}
