import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { FastifyReply } from '../nest/index.js';

/** Express's response, or Fastify's. */
export type AnyResponse = ServerResponse | FastifyReply;

/** The symbol under which @fastify/cookie 11 keeps the cookies of a reply until it is sent. */
const COOKIES = 'fastify.reply.setCookies';

/** The headers of a response at one moment. */
export class HeaderSnapshot {
  private readonly ofRaw: readonly (readonly [name: string, value: OutgoingHttpHeader | undefined])[];
  private readonly ofReply: OutgoingHttpHeaders | undefined;
  private readonly cookies: ReadonlyMap<unknown, unknown> | undefined;

  constructor(private readonly response: AnyResponse) {
    const raw = rawResponse(response);
    // The object of all headers that Node makes is slow to make and to read.
    this.ofRaw = raw.getHeaderNames().map(name => [name, ownList(raw.getHeader(name))] as const);
    if (!isReply(response)) return;
    this.ofReply = withOwnLists(response.getHeaders());
    const cookies = cookiesOf(response);
    this.cookies = cookies && new Map(cookies);
  }

  /** Makes the headers what they were, unless the response is on its way. */
  restore(): void {
    const { response } = this;
    const raw = rawResponse(response);
    if (raw.headersSent) return;
    const before = new Map(this.ofRaw);
    for (const name of raw.getHeaderNames()) if (!isSame(raw.getHeader(name), before.get(name))) raw.removeHeader(name);
    for (const [name, value] of before) if (value !== undefined && !raw.hasHeader(name)) raw.setHeader(name, value);
    if (isReply(response)) this.restoreReply(response);
  }

  private restoreReply(reply: FastifyReply): void {
    const before = this.ofReply ?? {};
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (!isSame(value, before[name])) reply.removeHeader(name);
    }
    const now = reply.getHeaders();
    for (const [name, value] of Object.entries(before)) if (now[name] === undefined) reply.header(name, value);
    const cookies = cookiesOf(reply);
    cookies?.clear();
    this.cookies?.forEach((cookie, name) => cookies?.set(name, cookie));
  }
}

/** Returns the response of Node; a response of Fastify holds one. */
export function rawResponse(response: AnyResponse): ServerResponse {
  return isReply(response) ? response.raw : response;
}

export function isReply(response: AnyResponse): response is FastifyReply {
  return 'raw' in response;
}

function cookiesOf(reply: object): Map<unknown, unknown> | undefined {
  // Its public mark, which is found much faster.
  if (!('setCookie' in reply)) return undefined;
  const key = Object.getOwnPropertySymbols(reply).find(({ description }) => description === COOKIES);
  const cookies = key && (reply as Record<symbol, unknown>)[key];
  return cookies instanceof Map ? cookies : undefined;
}

/** Copies the lists in a copy of headers: `res.appendHeader()` changes them in place. */
function withOwnLists(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  for (const name in headers) headers[name] = ownList(headers[name]);
  return headers;
}

function ownList(value: OutgoingHttpHeader | undefined): OutgoingHttpHeader | undefined {
  return Array.isArray(value) ? [...value] : value;
}

function isSame(one: unknown, other: unknown): boolean {
  return Array.isArray(one) && Array.isArray(other) ? one.join('\n') === other.join('\n') : one === other;
}
