import { type ContextId, ContextIdFactory, type ModuleRef } from '@nestjs/core';
import type { InjectionToken } from '@nestjs/common';
import type { Ambient } from '../core/index.js';
import type { ReceiverMethod } from './receiver-methods.js';

export type ReceiverCall = (payload: never, message: unknown) => unknown;

/** Looks the method up at every call, so that a decorator above or a spy set later is honoured. */
export function callOn(instance: object, { key }: ReceiverMethod): ReceiverCall {
  const holder = instance as Record<string | symbol, ReceiverCall>;
  return (payload, message) => holder[key]!(payload, message);
}

/**
 * Calls on providers that are not singletons: a request-scoped or durable one is the one of the current request,
 * or a fresh one where there is none; a transient one is always fresh.
 */
export class ResolvedCalls {
  /** For requests to which Nest has attached no context of its own: all signals of a request share one. */
  private readonly contexts = new WeakMap<object, ContextId>();

  constructor(private readonly ambient: Ambient) {}

  callOn(moduleRef: ModuleRef, token: InjectionToken, method: ReceiverMethod): ReceiverCall {
    return async (payload, message) => {
      const context = this.contextOf(this.ambient.current?.request, moduleRef);
      const instance = await moduleRef.resolve<object>(token as never, context, { strict: true });
      return callOn(instance, method)(payload, message);
    };
  }

  private contextOf(request: object | undefined, moduleRef: ModuleRef): ContextId {
    if (!request) return ContextIdFactory.create();
    const attached = ContextIdFactory.getByRequest(request);
    if (ContextIdFactory.getByRequest(request) === attached) return attached;
    const kept = this.contexts.get(request);
    if (kept) return kept;
    moduleRef.registerRequestByContextId(request, attached);
    this.contexts.set(request, attached);
    return attached;
  }
}
