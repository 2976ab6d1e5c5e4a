import type { ArgumentsHost } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { AuthSignals } from './auth-signals.js';
import { SessionCalls, type SessionCallName } from './session-calls.js';

/** The application that serves a request. Passport's strategies may belong to another one of the same process. */
export interface RequestOwner {
  readonly auth: AuthSignals;
  /** Whether who is let in by this strategy has logged in. */
  logsIn(strategy: object): boolean;
}

const OWNER: unique symbol = Symbol('RequestOwner');
const RESPONSE: unique symbol = Symbol('Response');

interface OwnedRequest {
  readonly [OWNER]: RequestOwner;
  /** Fastify's request does not know it. */
  [RESPONSE]?: ServerResponse;
  /** Express's does. */
  readonly res?: ServerResponse;
  readonly logIn?: unknown;
  readonly logOut?: unknown;
}

/** Passport keeps what a request has already, so these see what it puts there, and give it back told of. */
const CALLS: PropertyDescriptorMap = {
  logIn: call('logIn'),
  login: call('logIn'),
  logOut: call('logOut'),
  logout: call('logOut'),
};

/** @returns what makes a request the application's own, before Passport sees it. */
export function owning(owner: RequestOwner): (request: object, response?: ServerResponse) => void {
  // All at once, and the same for each request: that is 1.7 us.
  const properties: PropertyDescriptorMap = { ...CALLS, [OWNER]: { value: owner, configurable: true } };
  return (request, response) => {
    // In a server that the application is mounted in Passport may have seen it already.
    const { logIn, logOut } = Object.hasOwn(request, 'logIn') ? (request as Partial<OwnedRequest>) : {};
    Object.defineProperties(request, properties);
    if (logIn) Object.assign(request, { logIn, logOut });
    if (response) (request as OwnedRequest)[RESPONSE] = response;
  };
}

/** What answers an owned request. */
export function responseOf(request: object): ServerResponse | undefined {
  const { [RESPONSE]: ofFastify, res: ofExpress } = request as OwnedRequest;
  return ofFastify ?? ofExpress;
}

/** Undefined for requests of an application that is not interested. */
export function ownerOf(request: unknown): RequestOwner | undefined {
  return typeof request === 'object' && request !== null ? (request as Partial<OwnedRequest>)[OWNER] : undefined;
}

/** The owned request of a route: its first argument, or a part of the context of a GraphQL resolver. */
export function requestIn(context: ArgumentsHost): object | undefined {
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
  const { auth } = request[OWNER];
  return (auth.of(request).session ??= new SessionCalls(request, auth));
}
