import { checkOptions, isName, type OptionKinds, optionOwner, SignalError, wholeNumber } from '../core/index.js';

/** A filter of stored messages. What is left out matches all. */
export interface MessageFilter {
  /** The uid of their receiver. */
  readonly receiver?: string;
  /** The ids of messages: `message.id`, which logs and errors show, or the `id` of one of `dead()`, for one receiver. */
  readonly ids?: readonly string[];
  /** A text somewhere in the payload, or in what one of the last calls failed with; large and small letters are alike. */
  readonly text?: string;
  /** The time before which the messages died. */
  readonly failedBefore?: Date;
  /** How many messages at most, the newest first. Default: 100 for `dead()`, all for the others. */
  readonly limit?: number;
}

const FILTERS: OptionKinds<MessageFilter> = {
  receiver: { accepts: value => typeof value === 'string', fix: 'give the uid of a receiver.' },
  ids: { accepts: value => Array.isArray(value) && value.every(isId), fix: 'give ids of messages.' },
  text: { accepts: isName, fix: 'give text.' },
  failedBefore: {
    accepts: value => value instanceof Date && !Number.isNaN(value.getTime()),
    fix: 'give a valid Date.',
  },
  limit: wholeNumber(1, Number.MAX_SAFE_INTEGER),
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkFilter(filter: unknown, operation: string): void {
  const fix = 'give an object, such as { receiver }.';
  checkOptions(optionOwner(`DurableSignals.${operation}`, fix, 'a filter of messages'), filter, FILTERS);
}

/** @throws {SignalError} `UNKNOWN_OPTION` where everything would be forgotten: somebody may have passed undefined. */
export function refuseEverything({ receiver, ids, text, failedBefore }: MessageFilter, operation: string): void {
  if ([receiver, ids, text, failedBefore].some(value => value !== undefined)) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: 'This filter would forget the messages of every receiver.',
    at: `DurableSignals.${operation}()`,
    fix: 'name a receiver, ids, a text or `failedBefore`.',
  });
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);
}
