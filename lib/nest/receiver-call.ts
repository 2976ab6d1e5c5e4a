import { ContextIdFactory, type ModuleRef } from '@nestjs/core';
import type { InjectionToken } from '@nestjs/common';
import type { Ambient } from '../core/index.js';
import type { ReceiverMethod } from './receiver-methods.js';
import { contextOf } from './request-context.js';

export type ReceiverCall = (payload: never, message: unknown) => unknown;

/**
 * Looks the method up at every call, so that a decorator above or a spy set later is honoured. A spy sees what the
 * method would be given, and nothing besides.
 */
export function callOn(instance: object, { key, takesMessage }: ReceiverMethod): ReceiverCall {
  const holder = instance as Record<string | symbol, (...given: unknown[]) => unknown>;
  if (!takesMessage) return payload => holder[key]!(payload);
  return (payload, message) => holder[key]!(payload, message);
}

/**
 * Calls on providers that are not singletons: a request-scoped or durable one is the one of the current request,
 * or a fresh one where there is none; a transient one is always fresh.
 */
export class ResolvedCalls {
  constructor(private readonly ambient: Ambient) {}

  callOn(moduleRef: ModuleRef, token: InjectionToken, method: ReceiverMethod): ReceiverCall {
    return async (payload, message) => {
      const { request } = this.ambient.current ?? {};
      const context = request ? contextOf(request, moduleRef) : ContextIdFactory.create();
      const instance = await moduleRef.resolve<object>(token as never, context, { strict: true });
      return callOn(instance, method)(payload, message);
    };
  }
}
