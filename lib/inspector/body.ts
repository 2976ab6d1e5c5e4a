import { badOption, type SignalError } from '../core/index.js';
import type { PageRequest } from './answer.js';

const MOST_BYTES = 256 * 1024;

/**
 * Returns the body of a request as JSON: as a parser of the application has left it, or else read here.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`
 */
export async function bodyOf(request: PageRequest): Promise<unknown> {
  const { body, rawBody } = request;
  if (isObject(body) && !Buffer.isBuffer(body) && !isStream(body)) return body;
  const found = [body, rawBody].find(one => typeof one === 'string' || Buffer.isBuffer(one));
  const text = found ?? (await textOf(isStream(body) ? body : ((request.raw ?? request) as RequestStream)));
  try {
    return JSON.parse(String(text));
  } catch {
    throw badBody('it is not JSON', 'send JSON, with at most 256 KB.');
  }
}

interface RequestStream extends AsyncIterable<Uint8Array> {
  readonly readableEnded: boolean;
}

async function textOf(request: RequestStream): Promise<string> {
  if (request.readableEnded) {
    throw badBody(
      'the application has read it, and has left nothing of it in request.body',
      'let a body parser set request.body, or leave requests to the live page alone.',
    );
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  // What is too much is read, too: a connection that is left in the middle of a request cannot carry the answer.
  for await (const part of request) {
    size += part.length;
    if (size <= MOST_BYTES) parts.push(part);
  }
  return size > MOST_BYTES ? '' : Buffer.concat(parts).toString();
}

function badBody(why: string, fix: string): SignalError {
  return badOption({ name: 'an operation', at: () => 'POST api/operations' }, 'body', why, fix);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isStream(value: unknown): value is RequestStream {
  return isObject(value) && Symbol.asyncIterator in value;
}
