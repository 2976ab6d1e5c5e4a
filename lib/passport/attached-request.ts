import type { ArgumentsHost } from '@nestjs/common';
import { privateField } from '../nest/index.js';
import { type Attachment, ATTACHMENT } from './attachment.js';
import type { AuthSignals } from './auth-signals.js';
import type { LoginStrategies } from './login-strategies.js';
import type { AnyResponse } from './response-headers.js';
import { SessionCalls, type SessionCallName } from './session-calls.js';

/** The application that a request is attached to. Passport's strategies may belong to another one of the same process. */
export interface AttachedApplication {
  readonly auth: AuthSignals;
  readonly strategies: LoginStrategies;
  /** Lets the response of a request wait for receivers. */
  gate(request: object): void;
}

interface AttachedRequest {
  readonly [ATTACHMENT]: Attachment<AttachedApplication>;
}

/** Properties that see which calls Passport puts on a request, and return them with their signals around them. */
const CALLS = (['logIn', 'login', 'logOut', 'logout'] as const).map(name => [name, call(name)] as const);

const sessionCalls = privateField<SessionCalls>();

/** Makes the call that attaches a request to its application, before Passport sees it. */
export function attachApplication(application: AttachedApplication): (request: object, response?: AnyResponse) => void {
  return (request, response) => {
    (request as { [ATTACHMENT]?: Attachment<AttachedApplication> })[ATTACHMENT] = { application, request, response };
    watchCalls(request);
  };
}

/** A copy of an attached request has Passport's calls, and not the properties that watch them; what inherits from it has those. */
export function watchCallsOfCopy(own: object): void {
  if (Object.hasOwn(own, ATTACHMENT)) watchCalls(own);
}

function watchCalls(request: object): void {
  const isSeen = 'logIn' in request || 'login' in request || 'logOut' in request || 'logout' in request;
  // Defined one by one: `Object.defineProperties()` takes twice as long (Node 24).
  for (const [name, property] of CALLS) {
    // In a server that the application is mounted in Passport may have seen it already.
    const seen: unknown = isSeen && Object.hasOwn(request, name) ? Reflect.get(request, name) : undefined;
    Object.defineProperty(request, name, property);
    if (seen) Reflect.set(request, name, seen);
  }
}

/** Returns the application of a request; undefined if it does not watch logins. */
export function applicationOf(request: unknown): AttachedApplication | undefined {
  return typeof request === 'object' && request !== null
    ? (request as Partial<AttachedRequest>)[ATTACHMENT]?.application
    : undefined;
}

/** Returns the attached request of a route: its first argument, or a part of the context of a GraphQL resolver. */
export function requestIn(context: ArgumentsHost): object | undefined {
  if (context.getType() === 'http') {
    const request = context.getArgByIndex<object>(0);
    return applicationOf(request) && request;
  }
  for (const argument of context.getArgs<(Partial<Record<'req' | 'request', object>> | undefined)[]>()) {
    const request = [argument, argument?.req, argument?.request].find(applicationOf);
    if (request) return request;
  }
  return undefined;
}

function call(name: SessionCallName): PropertyDescriptor & ThisType<AttachedRequest> {
  return {
    configurable: true,
    get() {
      return sessionCallsOf(this).get(name);
    },
    set(original) {
      sessionCallsOf(this).set(name, original);
    },
  };
}

function sessionCallsOf(request: AttachedRequest): SessionCalls {
  const known = sessionCalls.of(request);
  if (known) return known;
  const { application, request: attached } = request[ATTACHMENT];
  const inherited = attached === request ? undefined : sessionCallsOf(attached as AttachedRequest);
  const calls = new SessionCalls(request, application.auth, inherited);
  sessionCalls.keep(request, calls);
  return calls;
}
