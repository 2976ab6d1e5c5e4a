import type { AnyConnectOptions } from '../message/message.js';
import { isDelivery } from '../message/delivery.js';
import { SignalError } from '../message/errors.js';
import { nameOf } from '../message/sender.js';

/** The values that an option accepts, and the fix of the error for others. */
interface Kind {
  readonly accepts: (value: unknown) => boolean;
  readonly fix: string;
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isNames = (value: unknown): boolean => Array.isArray(value) && value.every(isName);

const BOOLEAN: Kind = { accepts: value => typeof value === 'boolean', fix: 'say true or false, or leave it out.' };
const UIDS: Kind = { accepts: value => isName(value) || isNames(value), fix: 'give a uid, or a list of uids.' };
const FUNCTION: Kind = {
  accepts: value => typeof value === 'function',
  fix: 'give a function of the payload and the message.',
};

const KINDS: Readonly<Partial<Record<keyof AnyConnectOptions, Kind>>> = {
  includeSubclasses: BOOLEAN,
  uid: { accepts: isName, fix: 'give a string that is not empty.' },
  delivery: {
    accepts: isDelivery,
    fix: 'say durable(), with parentheses, or afterCommit, beforeCommit, afterRollback, inline.',
  },
  before: UIDS,
  after: UIDS,
  fields: {
    accepts: value => isNames(value) && (value as unknown[]).length > 0,
    fix: 'give a list of properties that is not empty, or leave it out for all of them.',
  },
  when: FUNCTION,
  coalesce: FUNCTION,
  once: BOOLEAN,
  until: { accepts: isAbortSignal, fix: 'give the `signal` of an AbortController.' },
};

/**
 * A value of the wrong kind never stands for the default.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`
 */
export function checkKinds(signal: string, options: object, at: string): void {
  for (const [name, { accepts, fix }] of Object.entries(KINDS)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined || accepts(value)) continue;
    const what = `A receiver of ${signal} cannot have the ${name} ${shown(value)}.`;
    throw new SignalError('UNKNOWN_OPTION', { what, at, fix });
  }
}

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkIsObject(signal: string, options: unknown, at: string): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `A receiver of ${signal} has ${shown(options)} where its options are expected.`,
    at,
    fix: 'give an object, such as { uid }. Several signals stand in one list: @OnSignal([One, Other]).',
  });
}

function isAbortSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(nameOf).join(', ')}]`;
  return nameOf(value);
}
