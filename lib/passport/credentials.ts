import type { ExecutionContext } from '@nestjs/common';

/** What came with a request to log somebody in, unmasked. */
export function credentialsOf(request: object): object {
  const { query, body } = request as { query?: unknown; body?: unknown };
  return { ...fieldsOf(query), ...fieldsOf(body) };
}

/** The same for a route; a field of a GraphQL request has arguments of its own. */
export function credentialsIn(context: ExecutionContext, request: object): object {
  const args = context.getType<string>() === 'graphql' ? fieldsOf(context.getArgByIndex(1)) : undefined;
  return { ...credentialsOf(request), ...args };
}

function fieldsOf(value: unknown): object {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
  return isRecord ? value : {};
}

/** Whether an error turns somebody away: 401, and 403 as Django's `PermissionDenied`. Anything else is not about who asks. */
export function turnsAway(error: unknown): boolean {
  const { getStatus, status, statusCode } = (error ?? {}) as {
    getStatus?: unknown;
    status?: unknown;
    statusCode?: unknown;
  };
  const told: unknown = typeof getStatus === 'function' ? getStatus.call(error) : (status ?? statusCode);
  return told === 401 || told === 403;
}
