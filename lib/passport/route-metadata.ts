import 'reflect-metadata';
import { type CanActivate, type Type, UseInterceptors } from '@nestjs/common';
import { listOn } from '../nest/index.js';
import { loginInterceptor } from './routed-login.js';

/**
 * The keys that `@UseGuards()` and `@UseInterceptors()` of Nest 11 and 12 write. There is no public way to read them;
 * `test/passport/foundations.spec.ts` would notice if they changed.
 */
const GUARDS = '__guards__';
const INTERCEPTORS = '__interceptors__';
/** The key that `@Query()`, `@Mutation()` and `@Subscription()` of @nestjs/graphql 13 and 14 write. */
const FIELD = 'graphql:resolver_type';
const FIELDS: readonly unknown[] = ['Query', 'Mutation', 'Subscription'];

export type Guard = CanActivate | Type<CanActivate>;

/** Returns the guards on a class or on a method. */
export function guardsOn(target: object): readonly Guard[] {
  return listOn(GUARDS, target);
}

/** Whether a method resolves a field that a GraphQL request begins with. */
export function isField(method: object): boolean {
  return FIELDS.includes(Reflect.getMetadata(FIELD, method));
}

/** Whether a route reports its logins. */
export function isBound(method: object): boolean {
  return listOn(INTERCEPTORS, method).includes(loginInterceptor);
}

/** Makes a route report its logins, after those interceptors that are there already. */
export function bind(prototype: object, key: string, descriptor: PropertyDescriptor): void {
  if (!isBound(descriptor.value as object)) UseInterceptors(loginInterceptor)(prototype, key, descriptor);
}
