type Trait = 'getStatus' | 'getError' | 'statusCode' | 'status' | 'expose' | 'message' | 'code';

/** The members of errors that decide about a status. */
interface ErrorTraits extends Partial<Readonly<Record<Trait, unknown>>> {
  readonly extensions?: { readonly code?: unknown; readonly http?: { readonly status?: unknown } };
  readonly constructor?: { readonly name?: string };
}

/**
 * Returns the status that Nest answers an error with if no filter of the application does. An error that is not made for
 * clients is a 500, even if it has a `status`, as that of an HTTP client has.
 */
export function statusOf(error: unknown): number {
  const traits = (typeof error === 'object' && error !== null ? error : {}) as ErrorTraits;
  const { getStatus, getError, extensions } = traits;
  if (typeof getStatus === 'function') return numberOr500(getStatus.call(error));
  // RpcException and WsException.
  if (typeof getError === 'function') return 400;
  if (extensions) return statusOfGraphQL(extensions);
  return isHttpError(traits, error) ? numberOr500(traits.statusCode) : 500;
}

/** Fastify's errors, those of body parsers and other middleware, and thrown objects of their shape (Nest 12.5.1). */
function isHttpError({ statusCode, status, expose, code, message, constructor }: ErrorTraits, error: unknown): boolean {
  const isFastify = constructor?.name === 'FastifyError' || code === 'FST_ERR_VALIDATION';
  const isExposed = typeof expose === 'boolean' && status === statusCode;
  return isFastify || isExposed || (!(error instanceof Error) && typeof message === 'string' && message !== '');
}

/** A resolver that gives its error a code has foreseen it. */
function statusOfGraphQL({ code, http }: NonNullable<ErrorTraits['extensions']>): number {
  if (http?.status !== undefined) return numberOr500(http.status);
  return typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR' ? 400 : 500;
}

function numberOr500(status: unknown): number {
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
