import { createHash } from 'node:crypto';
import type { PayloadEncoder } from './encode.js';

const HASHED = 'sha256:';
/** The index that finds a key takes 2,704 bytes, some of which are the name of the queue. */
const LONGEST = 256;

/**
 * A key as it is stored. Text that cannot be indexed as it is stands for itself by its hash.
 *
 * @throws {SignalError} `PAYLOAD_NOT_SERIALIZABLE`
 */
export function storedKey(key: unknown, encoder: PayloadEncoder): string {
  if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint') {
    const what = key === null ? 'null' : aOrNothing(typeof key);
    throw encoder.refused('its key', what, 'return text or a number from durable({ key }).');
  }
  const text = String(key);
  return isIndexable(text) ? text : hashOf(text);
}

/** UTF-16, because halves of characters are all the same in UTF-8. */
export function hashOf(text: string): string {
  return HASHED + createHash('sha256').update(text, 'utf16le').digest('hex');
}

function isIndexable(text: string): boolean {
  const isShort = text.length > 0 && text.length <= LONGEST;
  return isShort && text.isWellFormed() && !text.includes('\0') && !text.startsWith(HASHED);
}

function aOrNothing(type: string): string {
  return type === 'undefined' ? type : `${type === 'object' ? 'an' : 'a'} ${type}`;
}
