import { isGeneratorObject } from 'node:util/types';
import { ContextIdFactory, ModuleRef } from '@nestjs/core';
import { isObservable } from 'rxjs';

import { type AmbientContexts, SignalError } from '../core/index.js';
import type { NestModule, NestProvider } from './modules.js';
import type { ReceiverMethod } from './receiver-methods.js';
import { contextOf, contextOutside } from './requests/context-id.js';

export type ReceiverCall = (payload: never, message: unknown) => unknown;

/**
 * Makes a call that looks its method up every time, for decorators above and for spies that are set later. A spy sees the
 * arguments of the method, and no others.
 */
export function callOn(instance: object, { key, name, takesMessage }: ReceiverMethod): ReceiverCall {
  const holder = instance as Record<string | symbol, (...given: unknown[]) => unknown>;
  if (!takesMessage) return payload => begun(holder[key]!(payload), name);
  return (payload, message) => begun(holder[key]!(payload, message), name);
}

/**
 * Makes a call on a provider that is not a singleton: a request-scoped one is the one of the current request, or a fresh one
 * where there is none; a durable one is as the application's `ContextIdStrategy` says, which is given the message where
 * there is no request; a transient one is always fresh.
 */
export function callOnScoped(
  contexts: AmbientContexts,
  module: NestModule,
  provider: NestProvider,
  method: ReceiverMethod,
): ReceiverCall {
  const moduleRef = module.providers.get(ModuleRef)?.instance as ModuleRef;
  const isDurable = provider.isDependencyTreeDurable();
  return async (payload, message) => {
    const { request, scope = request } = contexts.current ?? {};
    const context = scope
      ? contextOf(scope, moduleRef)
      : isDurable
        ? contextOutside(message as object, moduleRef)
        : ContextIdFactory.create();
    // Nest's type of the argument has no symbols, which it takes.
    const instance = await moduleRef.resolve<object>(provider.token as never, context, { strict: true });
    return callOn(instance, method)(payload, message);
  };
}

/**
 * Returns an answer, unless its work begins only when its values are read.
 *
 * @throws {SignalError} `NOT_A_RECEIVER`
 */
function begun(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!isObservable(value) && !isGeneratorObject(value)) return value;
  throw new SignalError('NOT_A_RECEIVER', {
    what: `${name} returned ${isObservable(value) ? 'an Observable' : 'a generator'}, which does not begin before its values are read.`,
    at: `@OnSignal on ${name}`,
    fix: isObservable(value)
      ? 'return lastValueFrom(...) of it: an async method that returns an Observable does not begin its work either.'
      : 'make it an async method, or read its values in the method.',
  });
}
