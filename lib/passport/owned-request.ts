import type { ArgumentsHost } from '@nestjs/common';
import type { AuthSignals } from './auth-signals.js';
import type { RequestLogins } from './request-logins.js';
import type { AnyResponse } from './response-headers.js';
import { SessionCalls, type SessionCallName } from './session-calls.js';

/** The application that serves a request. Passport's strategies may belong to another one of the same process. */
export interface RequestOwner {
  readonly auth: AuthSignals;
  /** Whether who is let in by this strategy has logged in. */
  logsIn(strategy: object): boolean;
  /** What is known of the logins of a request, of which an attempt begins. */
  begin(request: object): RequestLogins;
  /** Lets the response of a request wait for receivers. */
  gate(request: object): void;
}

const OWNER: unique symbol = Symbol('RequestOwner');
const RESPONSE: unique symbol = Symbol('Response');

interface OwnedRequest {
  readonly [OWNER]: RequestOwner;
  /** Fastify's request does not know it. */
  [RESPONSE]?: AnyResponse;
  /** Express's does. */
  readonly res?: AnyResponse;
}

/** Passport keeps what a request has already, so these see what it puts there, and give it back told of. */
const CALLS: PropertyDescriptorMap = {
  logIn: call('logIn'),
  login: call('login'),
  logOut: call('logOut'),
  logout: call('logout'),
};

const NAMES = Object.keys(CALLS) as SessionCallName[];

/** @returns what makes a request the application's own, before Passport sees it. */
export function owning(owner: RequestOwner): (request: object, response?: AnyResponse) => void {
  // All at once, and the same for each request: that is 1.7 us.
  const properties: PropertyDescriptorMap = { ...CALLS, [OWNER]: { value: owner, configurable: true } };
  return (request, response) => {
    // In a server that the application is mounted in Passport may have seen it already.
    const names = NAMES.filter(name => Object.hasOwn(request, name));
    const seen = names.length > 0 && Object.fromEntries(names.map(name => [name, Reflect.get(request, name)]));
    Object.defineProperties(request, properties);
    if (seen) Object.assign(request, seen);
    if (response) (request as OwnedRequest)[RESPONSE] = response;
  };
}

/** What answers an owned request. */
export function responseOf(request: object): AnyResponse | undefined {
  const { [RESPONSE]: ofFastify, res: ofExpress } = request as OwnedRequest;
  return ofFastify ?? ofExpress;
}

/** Undefined for requests of an application that is not interested. */
export function ownerOf(request: unknown): RequestOwner | undefined {
  return typeof request === 'object' && request !== null ? (request as Partial<OwnedRequest>)[OWNER] : undefined;
}

/** The owned request of a route: its first argument, or a part of the context of a GraphQL resolver. */
export function requestIn(context: ArgumentsHost): object | undefined {
  if (context.getType() === 'http') {
    const request = context.getArgByIndex<object>(0);
    return ownerOf(request) && request;
  }
  for (const argument of context.getArgs<(Partial<Record<'req' | 'request', object>> | undefined)[]>()) {
    const request = [argument, argument?.req, argument?.request].find(ownerOf);
    if (request) return request;
  }
  return undefined;
}

function call(name: SessionCallName): PropertyDescriptor & ThisType<OwnedRequest> {
  return {
    configurable: true,
    get() {
      return callsOf(this).get(name);
    },
    set(original) {
      callsOf(this).set(name, original);
    },
  };
}

function callsOf(request: OwnedRequest): SessionCalls {
  const { [OWNER]: owner } = request;
  return (owner.auth.of(request).session ??= new SessionCalls(request, owner.auth, () => void owner.begin(request)));
}
