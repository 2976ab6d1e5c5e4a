import { type ContextId, ContextIdFactory, type ModuleRef } from '@nestjs/core';
import { rawOf } from './http-adapter.js';

/** The property in which a request keeps its context: Nest exports no name for it, so the first one that it reads. */
const CONTEXT_OF_REQUEST = firstRead(request => ContextIdFactory.getByRequest(request));

/**
 * Returns the context that all request-scoped providers of a request share, for receivers and controllers alike.
 * A request of GraphQL shares the context of its HTTP request.
 */
export function contextOf(request: object, moduleRef: ModuleRef): ContextId {
  const context = ContextIdFactory.getByRequest(request, ['raw', 'req']);
  if (ContextIdFactory.getByRequest(request) === context) return context;
  // As Nest itself does for a request-scoped controller (12.5.1), which then finds it here.
  Object.defineProperty(rawOf(request), CONTEXT_OF_REQUEST, { value: context, configurable: true });
  moduleRef.registerRequestByContextId(Object.assign(request, context.payload), context);
  return context;
}

/** Returns the context of a durable provider that is called outside of requests. */
export function contextOutside(message: object, moduleRef: ModuleRef): ContextId {
  const context = ContextIdFactory.getByRequest(message);
  // As Nest does for durable controllers, which have no request.
  if (context.payload !== undefined) moduleRef.registerRequestByContextId(context.payload, context);
  return context;
}

function firstRead(read: (object: object) => unknown): string | symbol {
  const keys: (string | symbol)[] = [];
  read(new Proxy({}, { get: (_, key) => keys.push(key) }));
  return keys[0]!;
}
