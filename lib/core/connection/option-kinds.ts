import { isDelivery } from '../message/delivery.js';
import type { AnyConnectOptions } from '../message/message.js';
import { BOOLEAN, functionOf, isListOfNames, isName, type OptionKind, type OptionKinds } from '../message/options.js';
import { canWait, LONGEST_TIMER_MS } from '../message/timers.js';

const UIDS: OptionKind = {
  accepts: value => isName(value) || isListOfNames(value),
  fix: 'give a uid, or a list of uids.',
};
const FUNCTION = functionOf('the payload and the message');

/** The options of `connect()` and `@OnSignal`. A new option is a row here, and a property of `ConnectOptions`. */
export const CONNECT_OPTIONS: OptionKinds<AnyConnectOptions> = {
  sender: {
    accepts: value => !(Array.isArray(value) && value.length === 0),
    why: () => 'it is an empty list, so the receiver would never be called',
    fix: 'name a sender, or leave it out to receive from every sender.',
  },
  includeSubclasses: BOOLEAN,
  uid: { accepts: isName, fix: 'give a string that is not empty.' },
  delivery: {
    accepts: isDelivery,
    fix: 'say durable(), with parentheses, or afterCommit, beforeCommit, afterRollback, inline.',
  },
  before: UIDS,
  after: UIDS,
  fields: {
    accepts: value => isListOfNames(value) && value.length > 0,
    fix: 'give a list of properties that is not empty, or leave it out for all of them.',
  },
  when: FUNCTION,
  coalesce: FUNCTION,
  batch: { accepts: value => value === true, fix: 'give true, or leave it out.' },
  once: BOOLEAN,
  timeoutMs: {
    accepts: value => canWait(value, { min: Number.MIN_VALUE }),
    fix: `give milliseconds, more than 0 and at most ${LONGEST_TIMER_MS} (24 days), or leave it out for no limit.`,
  },
  until: { accepts: isAbortSignal, fix: 'give the `signal` of an AbortController.' },
};

function isAbortSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}
