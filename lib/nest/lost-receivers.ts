import { isProxy } from 'node:util/types';
import type { InjectionToken, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { SignalError } from '../core/index.js';
import { foreign } from './foreign-objects.js';
import { receiverMethodsOf } from './receiver-methods.js';

/**
 * Refuses a factory that makes its object for each request if its token is a class with receivers.
 *
 * @throws {SignalError} `NOT_A_RECEIVER`
 */
export function refuseFactory(token: InjectionToken | undefined, moduleName: string): void {
  const name = firstReceiverOf(token);
  if (name === undefined) return;
  throw new SignalError('NOT_A_RECEIVER', {
    what: `${name} cannot receive signals: a factory makes its class for each request, so its receivers are not known at start.`,
    at: `the providers of ${moduleName}`,
    fix: 'provide the class itself, with `useClass` and the scope, or make the factory a singleton.',
  });
}

/**
 * Finds the receiver of a class under whose token a factory has put a proxy that shows none of it, as that of nestjs-cls
 * for each request. In a test a proxy may stand in on purpose, so it is no mistake for certain.
 *
 * @returns a warning.
 */
export function hiddenByProxy(token: InjectionToken, instance: unknown, moduleName: string): string | undefined {
  const name = isProxy(instance) ? firstReceiverOf(token) : undefined;
  if (name === undefined || receiverMethodsOf(foreign.prototypeOf(instance) ?? {}).length > 0) return undefined;
  return (
    `NOT_A_RECEIVER: ${name} is never called: in ${moduleName} a proxy stands for its class, and what is behind the proxy is ` +
    'made for each request. Receive in a provider of its own, which may inject the proxy.'
  );
}

/**
 * Refuses receivers of guards, interceptors, pipes, filters and middleware that are only named where they are used: each
 * place has an instance of its own, and none is a provider.
 *
 * @param isConnected - whether a class is a provider somewhere.
 * @throws {SignalError} `NOT_A_RECEIVER`
 */
export function refuseUnprovided(modules: ModulesContainer, isConnected: (prototype: object) => boolean): void {
  for (const module of modules.values()) {
    for (const { metatype } of [...module.injectables.values(), ...module.middlewares.values()]) {
      const name = firstReceiverOf(metatype);
      if (name === undefined || isConnected((metatype as Type).prototype as object)) continue;
      throw new SignalError('NOT_A_RECEIVER', {
        what: `${name} cannot receive signals: ${(metatype as Type).name} is used in ${module.name}, and no module provides it.`,
        at: `@OnSignal on ${name}`,
        fix: `add ${(metatype as Type).name} to the providers of ${module.name}, or receive in a class that is there.`,
      });
    }
  }
}

function firstReceiverOf(type: unknown): string | undefined {
  const prototype = typeof type === 'function' ? (type.prototype as object | undefined) : undefined;
  return prototype && receiverMethodsOf(prototype)[0]?.name;
}
