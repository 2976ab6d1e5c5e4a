import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from '../nest/index.js';

/** A request of Express, or of Fastify with that of Node inside. */
export interface PageRequest {
  readonly method: string;
  readonly url: string;
  readonly originalUrl?: string;
  readonly headers: IncomingMessage['headers'];
  readonly body?: unknown;
  /** The body before it was parsed, where it is kept. */
  readonly rawBody?: unknown;
  readonly raw?: IncomingMessage;
}

interface Reply extends FastifyReply {
  code(status: number): Reply;
  headers(headers: OutgoingHttpHeaders): Reply;
  hijack(): Reply;
}

export type PageResponse = ServerResponse | Reply;

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nothing but what comes from the server itself may run, be shown or be asked. */
const POLICY = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

const SECURITY: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** `enableCors()` of an application must not open the page to other sites. */
const NOT_FOR_OTHERS = ['access-control-allow-origin', 'access-control-allow-credentials'];

/** Answers by itself, so that an interceptor that changes answers leaves those of the page alone. */
export function answer(response: PageResponse, { status, type, body, headers }: Answer): void {
  const all = { ...SECURITY, 'cache-control': 'no-store', 'content-type': type, ...headers };
  for (const name of NOT_FOR_OTHERS) response.removeHeader(name);
  if (isFastify(response)) {
    response.code(status).headers(all).send(body);
    return;
  }
  response.statusCode = status;
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  response.end(body);
}

export function answerJson(response: PageResponse, value: object, status = 200): void {
  answer(response, { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) });
}

/** Begins an answer that goes on, and returns the response to write it to. */
export function answerStream(response: PageResponse): ServerResponse {
  for (const name of NOT_FOR_OTHERS) response.removeHeader(name);
  const given = isFastify(response) ? response.hijack().getHeaders() : {};
  const raw = isFastify(response) ? response.raw : response;
  const headers: OutgoingHttpHeaders = {
    ...given,
    ...SECURITY,
    'content-type': 'text/event-stream; charset=utf-8',
    // Compression would keep what is written, and so would nginx.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    // Once it ends, a server that closes must not wait for its connection. HTTP/2 has no such header.
    ...(raw.req.httpVersionMajor === 1 && { connection: 'close' }),
  };
  raw.statusCode = 200;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) raw.setHeader(name, value);
  raw.flushHeaders();
  return raw;
}

/** The path and the query of a request, as the client has sent them. */
export function urlOf({ originalUrl, url }: PageRequest): URL {
  return new URL(`http://application${(originalUrl ?? url).replace(/^\/+/, '/')}`);
}

function isFastify(response: PageResponse): response is Reply {
  return 'hijack' in response;
}
