import type { CanActivate } from '@nestjs/common';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { isPassportGuard, watchGuard } from './guard-watch.js';
import { loginRouteOf } from './login-route.decorator.js';
import type { AttachedApplication } from './attached-request.js';
import { bind, type Guard, guardsOn, isField } from './route-metadata.js';
import { methodsOf, type NestModule, type NestProvider } from '../nest/index.js';

/**
 * The routes of an application at which users may log in, and their guards. Routes with a guard of
 * Passport, those that are marked with `@LoginRoute()` and guarded fields of GraphQL report their logins themselves;
 * logins by guards for all routes are reported with the response.
 */
export class LoginRoutes {
  private readonly hasGlobalGuards =
    this.config.getGlobalGuards().length > 0 || this.config.getGlobalRequestGuards().length > 0;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly config: ApplicationConfig,
    private readonly application: AttachedApplication,
  ) {}

  /** Binds interceptors to routes and watches guards, before Nest registers the routes. */
  bind(): void {
    for (const module of this.modules.values()) {
      // GraphQL's resolvers are providers.
      for (const { metatype } of [...module.controllers.values(), ...module.providers.values()]) {
        if (typeof metatype === 'function') this.bindMethodsOf(metatype, module);
      }
      // Guards ask other guards.
      for (const { instance } of [...module.providers.values(), ...module.injectables.values()]) {
        if (isPassportGuard(instance)) watchGuard(this.application, instance);
      }
    }
    for (const guard of this.config.getGlobalGuards()) watchGuard(this.application, guard);
    for (const provider of this.config.getGlobalRequestGuards()) this.watchEachOf(provider);
  }

  private bindMethodsOf(type: Function, module: NestModule): void {
    const onClass = guardsOn(type);
    for (const [prototype, key, descriptor] of methodsOf(type)) {
      const method = descriptor.value as object;
      const guards = [...onClass, ...guardsOn(method)];
      const isGuardedField = isField(method) && (guards.length > 0 || this.hasGlobalGuards);
      if (loginRouteOf(method) !== undefined || guards.some(isOfPassport) || isGuardedField) {
        bind(prototype, key, descriptor);
      }
      for (const guard of guards) this.watch(guard, module);
    }
  }

  private watch(guard: Guard, module: NestModule): void {
    if (typeof guard !== 'function') return watchGuard(this.application, guard);
    const provider = module.injectables.get(guard);
    if (provider) this.watchEachOf(provider);
  }

  /** Watches a guard, or its class if it is made for each request. */
  private watchEachOf(provider: NestProvider): void {
    const { instance, metatype } = provider;
    const prototype = typeof metatype === 'function' ? (metatype.prototype as unknown) : undefined;
    const guard: unknown = provider.isDependencyTreeStatic() && !provider.isTransient ? instance : prototype;
    if (typeof guard === 'object' && guard) watchGuard(this.application, guard as CanActivate);
  }
}

function isOfPassport(guard: Guard): boolean {
  return isPassportGuard(typeof guard === 'function' ? guard.prototype : guard);
}
