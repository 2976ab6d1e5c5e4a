import type { AnyConnectOptions, SignalTraits } from '../message/message.js';
import type { Origin, Terms } from './connection.js';
import { inline } from '../message/delivery.js';
import { SignalError } from '../message/errors.js';
import { checkIsObject, checkKinds } from './option-kinds.js';
import { canWait, LONGEST_TIMER_MS } from '../message/within.js';

/** The signal that a receiver is connected to. */
export interface Connectable {
  readonly name: string;
  readonly traits: SignalTraits;
  /** Returns the key that a sender is compared by. */
  senderKey(sender: unknown): unknown;
}

const OPTION_NAMES: readonly (keyof AnyConnectOptions)[] = [
  'sender',
  'includeSubclasses',
  'uid',
  'delivery',
  'before',
  'after',
  'fields',
  'when',
  'coalesce',
  'batch',
  'once',
  'timeoutMs',
  'until',
];

/** The terms of receivers without options; shared, so that a connection costs two fields and its place. */
const PLAIN_TERMS: Terms = Object.freeze({ senders: [], includeSubclasses: false, delivery: inline });

/**
 * Checks the options of a connection to `channel` and fills in the defaults.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`, `SENDER_UNDEFINED`
 */
export function termsOf(channel: Connectable, options?: AnyConnectOptions, origin?: Origin): Terms {
  if (options === undefined && !origin) return PLAIN_TERMS;
  const at = origin?.where ?? `${channel.name}.connect()`;
  if (options !== undefined) checkIsObject(channel.name, options, at);
  checkOptions(channel, options ?? {}, at);
  if (origin) checkWrittenSender(channel, options ?? {}, at);
  const { sender, before, after, delivery = inline, includeSubclasses = false, ...rest } = options ?? {};
  const senders = new Set(listOf<unknown>(sender)?.map(one => channel.senderKey(one)));
  const { uid, fields, when, batch, coalesce, once, timeoutMs } = rest;
  return {
    senders: [...senders],
    includeSubclasses,
    delivery,
    before: listOf(before),
    after: listOf(after),
    ...{ uid, fields, when, batch, coalesce, once, timeoutMs },
    origin,
  };
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function checkOptions(channel: Connectable, options: AnyConnectOptions, at: string): void {
  const known = OPTION_NAMES.filter(name => name !== 'fields' || channel.traits.changedFields);
  const unknown = Object.keys(options).find(name => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new SignalError('UNKNOWN_OPTION', {
      what: `A connection to ${channel.name} has no option '${unknown}'.`,
      at,
      fix: `use one of ${known.join(', ')}.`,
    });
  }
  checkKinds(channel.name, options, at);
  checkBatch(channel, options, at);
  checkSender(channel, options, at);
  const { timeoutMs, coalesce, delivery } = options;
  if (coalesce && !delivery?.moment) {
    throw new SignalError('UNKNOWN_OPTION', {
      what: `A receiver of ${channel.name} that is called inside the send cannot coalesce: each message is one call.`,
      at,
      fix: 'give the receiver a delivery that runs it later, such as afterCommit, or leave `coalesce` out.',
    });
  }
  if (timeoutMs === undefined || canWait(timeoutMs, { min: Number.MIN_VALUE })) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `A receiver of ${channel.name} cannot have the timeoutMs ${String(timeoutMs)}.`,
    at,
    fix: `give milliseconds, more than 0 and at most ${LONGEST_TIMER_MS} (24 days), or leave it out for no limit.`,
  });
}

/** In a decorator, a sender that is written and undefined is a class that is not there yet; elsewhere it is left out. */
function checkWrittenSender({ name }: Connectable, options: AnyConnectOptions, at: string): void {
  if (Object.hasOwn(options, 'sender') && options.sender === undefined) throw senderUndefined(name, 'undefined', at);
}

function checkSender({ name }: Connectable, { sender }: AnyConnectOptions, at: string): void {
  const senders = listOf<unknown>(sender);
  if (senders?.includes(undefined)) throw senderUndefined(name, 'undefined', at);
  if (senders?.length !== 0) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `A receiver of ${name} asks for an empty list of senders, so it would never be called.`,
    at,
    fix: 'name a sender, or leave `sender` out to hear every sender.',
  });
}

/** A class that is imported in a circle is undefined when a decorator reads it. */
export function senderUndefined(signal: string, sender: string, at: string): SignalError {
  return new SignalError('SENDER_UNDEFINED', {
    what: `A receiver of ${signal} has the sender ${sender}: what it names is undefined.`,
    at,
    fix: 'check for a circular import, which leaves a class undefined; to receive from every sender leave `sender` out.',
  });
}

/** Refuses `batch` for a receiver of a signal that is sent one by one and received at once. */
function checkBatch({ name, traits }: Connectable, { batch, delivery = inline }: AnyConnectOptions, at: string): void {
  if (batch === undefined || (batch && (traits.comesInBatches || delivery !== inline))) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: batch
      ? `${name} is sent one by one, so a receiver that runs inline cannot have it in batches.`
      : `A receiver of ${name} cannot have the batch ${String(batch)}.`,
    at,
    fix: batch ? 'leave `batch` out, or give the receiver another delivery.' : 'give true, or leave it out.',
  });
}

export function checkReceiver(channel: Connectable, receiver: unknown): void {
  if (typeof receiver === 'function') return;
  throw new SignalError('NOT_A_RECEIVER', {
    what: `${channel.name} can only call functions, and was given ${receiver === null ? 'null' : `a ${typeof receiver}`}.`,
    at: `${channel.name}.connect()`,
    fix: 'connect a function, or decorate a method with @OnSignal.',
  });
}
