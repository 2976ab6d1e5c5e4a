import type { AnyConnectOptions, SignalTraits } from '../message/message.js';
import type { ConnectionRecord, KeptOptions, Origin, Terms } from './connection.js';
import { inline } from '../message/delivery.js';
import { SignalError } from '../message/errors.js';
import { badOption, checkOptions, listOf, type OptionOwner } from '../message/options.js';
import { CONNECT_OPTIONS } from './option-kinds.js';
import { nameOf } from '../message/sender.js';

/** The signal that a receiver is connected to. */
export interface Connectable {
  readonly name: string;
  readonly traits: SignalTraits;
  /** Returns the key that a sender is compared by. */
  senderKey(sender: unknown): unknown;
}

const { fields: _fields, ...WITHOUT_FIELDS } = CONNECT_OPTIONS;

/** The options that a connection keeps as they are given, in this order, so that all terms have one shape. */
const KEPT = (Object.keys(CONNECT_OPTIONS) as (keyof AnyConnectOptions)[]).filter(
  name => name !== 'sender' && name !== 'until',
);

/** The terms of receivers without options; shared, so that a connection costs two fields and its place. */
const PLAIN_TERMS: Terms = Object.freeze({ senders: [], includeSubclasses: false, delivery: inline });
const NO_OPTIONS = filledIn({}, []);

/**
 * Checks the options of a connection to `channel` and fills in the defaults.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`, `SENDER_UNDEFINED`
 */
export function termsOf(channel: Connectable, options?: AnyConnectOptions, origin?: Origin): Terms {
  if (options === undefined) return origin ? { ...NO_OPTIONS, origin } : PLAIN_TERMS;
  check(channel, options, origin);
  const senders = new Set(listOf<unknown>(options.sender)?.map(one => channel.senderKey(one)));
  return filledIn(options, [...senders], origin);
}

function filledIn(given: AnyConnectOptions, senders: readonly unknown[], origin?: Origin): Terms {
  return {
    ...(Object.fromEntries(KEPT.map(name => [name, given[name]])) as KeptOptions),
    senders,
    includeSubclasses: given.includeSubclasses ?? false,
    delivery: given.delivery ?? inline,
    before: listOf(given.before),
    after: listOf(given.after),
    origin,
  };
}

function check(channel: Connectable, options: AnyConnectOptions, origin?: Origin): void {
  const at = origin?.where ?? `${channel.name}.connect()`;
  const owner: OptionOwner = {
    name: `a receiver of ${channel.name}`,
    at: () => at,
    fix: 'give an object, such as { uid }. Several signals stand in one list: @OnSignal([One, Other]).',
  };
  checkOptions<object>(owner, options, channel.traits.changedFields ? CONNECT_OPTIONS : WITHOUT_FIELDS);
  checkBatch(owner, channel, options);
  checkCoalesce(owner, options);
  checkSender(channel, options, at, origin !== undefined);
}

function checkCoalesce(owner: OptionOwner, { coalesce, delivery }: AnyConnectOptions): void {
  if (!coalesce || delivery?.moment) return;
  const why = 'the receiver is called inside the send, where each message is one call';
  throw badOption(owner, 'coalesce', why, 'give a delivery that runs later, such as afterCommit, or leave it out.');
}

/** In a decorator, a sender that is written and undefined is a class that is not there yet; elsewhere it is left out. */
function checkSender({ name }: Connectable, options: AnyConnectOptions, at: string, isDecorator: boolean): void {
  const isWritten = isDecorator && Object.hasOwn(options, 'sender');
  const senders = listOf<unknown>(options.sender) ?? (isWritten ? [undefined] : []);
  if (senders.includes(undefined)) throw senderUndefined(name, 'undefined', at);
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
function checkBatch(owner: OptionOwner, channel: Connectable, { batch, delivery }: AnyConnectOptions): void {
  if (!batch || channel.traits.comesInBatches || (delivery ?? inline) !== inline) return;
  const why = `${channel.name} is sent one by one, and the receiver runs inline`;
  throw badOption(owner, 'batch', why, 'leave it out, or give the receiver another delivery.');
}

export function checkReceiver(channel: Connectable, receiver: unknown): void {
  if (typeof receiver === 'function') return;
  throw new SignalError('NOT_A_RECEIVER', {
    what: `${channel.name} can only call functions, and was given ${nameOf(receiver)}.`,
    at: `${channel.name}.connect()`,
    fix: 'connect a function, or decorate a method with @OnSignal.',
  });
}

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
