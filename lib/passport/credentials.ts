import type { ExecutionContext } from '@nestjs/common';

/** Returns the credentials of a request, unmasked. */
export function credentialsOf(request: object): object {
  const { body } = request as { body?: unknown };
  return { ...fieldsOf(queryOf(request)), ...fieldsOf(body) };
}

/** Returns the query of a request. Express 5 parses it at every look, even if there is none. */
function queryOf(request: object): unknown {
  const isParsed = Object.hasOwn(request, 'query');
  const { url } = request as { url?: string };
  return isParsed || url?.includes('?') !== false ? (request as { query?: unknown }).query : undefined;
}

/** Returns the credentials of a request to a route; a field of a GraphQL request has arguments of its own. */
export function credentialsIn(context: ExecutionContext, request: object): object {
  const args = context.getType<string>() === 'graphql' ? fieldsOf(context.getArgByIndex(1)) : undefined;
  return { ...credentialsOf(request), ...args };
}

function fieldsOf(value: unknown): object {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return isRecord ? value : {};
}

/** Whether an error turns a user away: 401, and 403 as Django's `PermissionDenied`. Other errors have other reasons. */
export function turnsAway(error: unknown): boolean {
  const { getStatus, status, statusCode } = (error ?? {}) as Partial<
    Record<'getStatus' | 'status' | 'statusCode', unknown>
  >;
  const answered: unknown = typeof getStatus === 'function' ? getStatus.call(error) : (status ?? statusCode);
  return answered === 401 || answered === 403;
}
