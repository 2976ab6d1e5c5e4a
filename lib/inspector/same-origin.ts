import type { PageRequest } from './answer.js';

/** Whether a request comes from the page, or from no page at all. Other sites must not even read, whatever CORS allows them. */
export function isFromElsewhere({ headers }: PageRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin, host = headers[':authority'] } = headers;
  return origin !== undefined && URL.parse(origin)?.host !== host;
}

/** Whether an operation is asked for by the page: other sites cannot send this header without being asked about it first. */
export function isAskedByPage(request: PageRequest): boolean {
  return request.headers['x-signals-inspector'] === '1' && !isFromElsewhere(request);
}
