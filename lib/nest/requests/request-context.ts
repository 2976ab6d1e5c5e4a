import { type ContextId, ContextIdFactory, type ModuleRef } from '@nestjs/core';
import { rawOf } from './http-adapter.js';

/** Nest gives no name to where a request keeps its context; which one it reads can be seen. */
const CONTEXT_OF_REQUEST = firstRead(request => ContextIdFactory.getByRequest(request));

/**
 * The context that everything request-scoped of a request shares, whoever needs it first: a receiver or a controller.
 * That of GraphQL shares the one of its HTTP request.
 */
export function contextOf(request: object, moduleRef: ModuleRef): ContextId {
  const context = ContextIdFactory.getByRequest(request, ['raw', 'req']);
  if (ContextIdFactory.getByRequest(request) === context) return context;
  // As Nest itself does for a request-scoped controller (12.5.1), which then finds it here.
  Object.defineProperty(rawOf(request), CONTEXT_OF_REQUEST, { value: context, configurable: true });
  moduleRef.registerRequestByContextId(Object.assign(request, context.payload), context);
  return context;
}

/** The context of a durable provider that is called outside of requests. */
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
