import type { CanActivate } from '@nestjs/common';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { isPassportGuard, watchGuard } from './guard-watch.js';
import { loginRouteOf } from './login-route.decorator.js';
import { bind, type Guard, guardsOn } from './route-metadata.js';

type Module = ModulesContainer extends Map<string, infer Value> ? Value : never;

/**
 * Finds the routes of an application that somebody may log in at: those with a guard of Passport, and those that are
 * marked with `@LoginRoute()`. No other route is touched.
 */
export class LoginRoutes {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
  ) {}

  /** Before Nest registers the routes, which is when it looks at what is bound to them. */
  bind(): void {
    for (const module of this.modules.values()) {
      // GraphQL's resolvers are providers.
      for (const { metatype } of [...module.controllers.values(), ...module.providers.values()]) {
        if (typeof metatype === 'function') this.bindMethodsOf(metatype, module);
      }
    }
    this.config.getGlobalGuards().filter(isPassportGuard).forEach(watchGuard);
  }

  private bindMethodsOf(type: Function, module: Module): void {
    const onClass = guardsOn(type);
    for (const [prototype, key, descriptor] of methodsOf(type)) {
      const method = descriptor.value as object;
      const guards = [...onClass, ...guardsOn(method)];
      const ofPassport = guards.filter(guard => isPassportGuard(typeof guard === 'function' ? guard.prototype : guard));
      const isMarked = loginRouteOf(method) !== undefined;
      if (isMarked || ofPassport.length > 0) bind(prototype, key, descriptor);
      for (const guard of isMarked ? guards : ofPassport) watch(guard, module);
    }
  }
}

/** A guard that is made for each request cannot be watched. */
function watch(guard: Guard, module: Module): void {
  const provider = typeof guard === 'function' ? module.injectables.get(guard) : undefined;
  const instance = provider?.isDependencyTreeStatic() ? (provider.instance as CanActivate) : guard;
  if (typeof instance === 'object') watchGuard(instance);
}

/** Own and inherited methods. */
function* methodsOf(type: Function): Generator<[prototype: object, key: string, descriptor: PropertyDescriptor]> {
  let prototype = type.prototype as object | null;
  while (prototype && prototype !== Object.prototype) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof descriptor.value === 'function' && key !== 'constructor') yield [prototype, key, descriptor];
    }
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
}
