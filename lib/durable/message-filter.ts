import { SignalError } from '../core/index.js';

/** Which messages are meant. What is left out matches all. */
export interface MessageFilter {
  /** The uid of their receiver. */
  readonly receiver?: string;
  /** Of `dead()`. */
  readonly ids?: readonly string[];
  /** Somewhere in the payload, or in what one of the last calls failed with; large and small letters are alike. */
  readonly text?: string;
  /** Those that died before. */
  readonly failedBefore?: Date;
  /** How many at most, the newest first. Default: 100 for `dead()`, all for the others. */
  readonly limit?: number;
}

const WANTED: Readonly<Record<keyof MessageFilter, readonly [string, (value: unknown) => boolean]>> = {
  receiver: ['give the uid of a receiver.', value => typeof value === 'string'],
  ids: ['give ids of dead().', value => Array.isArray(value) && value.every(isId)],
  text: ['give text.', value => typeof value === 'string' && value !== ''],
  failedBefore: ['give a valid Date.', value => value instanceof Date && !Number.isNaN(value.getTime())],
  limit: ['give a whole number from 1 up.', value => Number.isSafeInteger(value) && (value as number) >= 1],
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkFilter(filter: MessageFilter, operation: string): void {
  for (const [name, value] of Object.entries(filter)) {
    const known = WANTED[name as keyof MessageFilter] as (typeof WANTED)[keyof MessageFilter] | undefined;
    const at = `DurableSignals.${operation}({ ${name} })`;
    if (!known) throw refused(`There is no filter '${name}'.`, at, `use one of ${Object.keys(WANTED).join(', ')}.`);
    const [fix, isRight] = known;
    if (value !== undefined && !isRight(value)) throw refused(wrong(name, value), at, fix);
  }
}

/** @throws {SignalError} `UNKNOWN_OPTION` where everything would be forgotten: somebody may have passed undefined. */
export function refuseEverything({ receiver, ids, text, failedBefore }: MessageFilter, operation: string): void {
  if ([receiver, ids, text, failedBefore].some(value => value !== undefined)) return;
  const what = 'This filter would forget the messages of every receiver.';
  throw refused(what, `DurableSignals.${operation}()`, 'name a receiver, ids, a text or `failedBefore`.');
}

function wrong(name: string, value: unknown): string {
  const odd = name === 'ids' && Array.isArray(value) ? (value as unknown[]).find(id => !isId(id)) : value;
  return `The filter '${name}' cannot be ${typeof odd === 'string' ? `'${odd}'` : String(odd)}.`;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);
}

function refused(what: string, at: string, fix: string): SignalError {
  return new SignalError('UNKNOWN_OPTION', { what, at, fix });
}
