import 'reflect-metadata';
import { Catch, type ExceptionFilter } from '@nestjs/common';
import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { ControllerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';
import { getOrInsert } from '../core/index.js';
import { listOn, methodsOf } from '../nest/index.js';

/**
 * The key that `@UseFilters()` of Nest 11 and 12 writes, and the marks of resolvers and gateways. There is no public way
 * to read them; `test/http/foundations.spec.ts` would notice if it changed.
 */
const FILTERS = '__exceptionFilters__';
const MARKS = ['__entryProvider__', 'websockets:is_gateway'];

/**
 * An observer before the exception filters of an application: those of methods, of classes and its own, because
 * Nest asks in this order and the first that catches is the last that is asked.
 */
export class ExceptionFilters {
  private readonly observers = new Map<ControllerClass | undefined, ExceptionFilter>();
  private readonly targets = new Set<object>();

  constructor(private readonly watch: RequestWatch) {}

  /** Binds to the classes that Nest calls, before it looks for filters: earlier for gateways than for routes. */
  bindToClasses(modules: ModulesContainer): void {
    for (const { controllers, providers } of modules.values()) {
      for (const { metatype } of controllers.values()) this.bindTo(metatype as ControllerClass);
      for (const { metatype } of providers.values()) {
        const isMarked = typeof metatype === 'function' && MARKS.some(mark => Reflect.hasMetadata(mark, metatype));
        if (isMarked) this.bindTo(metatype as ControllerClass);
      }
    }
  }

  /** Binds to requests without a class, of middleware and without a route, after the filters of the application. */
  bindToAll(config: ApplicationConfig): void {
    config.useGlobalFilters(this.observerOf(undefined));
  }

  unbind(): void {
    const ours = new Set<unknown>(this.observers.values());
    for (const target of this.targets) {
      const others = listOn(FILTERS, target).filter(filter => !ours.has(filter));
      if (others.length > 0) Reflect.defineMetadata(FILTERS, others, target);
      else Reflect.deleteMetadata(FILTERS, target);
    }
    this.targets.clear();
  }

  private bindTo(controller: ControllerClass): void {
    this.bind(controller, controller);
    for (const [prototype, , descriptor] of methodsOf(controller)) {
      const method = descriptor.value as object;
      // Several controllers may inherit it.
      if (listOn(FILTERS, method).length > 0) this.bind(method, prototype.constructor as ControllerClass);
    }
  }

  private bind(target: object, controller: ControllerClass): void {
    if (this.targets.has(target)) return;
    this.targets.add(target);
    Reflect.defineMetadata(FILTERS, [...listOn(FILTERS, target), this.observerOf(controller)], target);
  }

  private observerOf(controller: ControllerClass | undefined): ExceptionFilter {
    const fail = (exception: unknown) => this.watch.current?.fail(exception, controller);
    return getOrInsert(this.observers, controller, () => exceptionObserver(fail));
  }
}

/**
 * Makes an exception filter that sees every exception and catches none.
 *
 * Nest picks the first filter of whose types the exception is an instance (11 and 12). This one's type is asked, and
 * says no: the filters of the application go on as if it were not there.
 */
export function exceptionObserver(see: (exception: unknown) => void): ExceptionFilter {
  class AnyException {
    static [Symbol.hasInstance](exception: unknown): boolean {
      see(exception);
      return false;
    }
  }
  class ExceptionObserver implements ExceptionFilter {
    catch(): void {}
  }
  Catch(AnyException)(ExceptionObserver);
  return new ExceptionObserver();
}
