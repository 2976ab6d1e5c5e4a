import 'reflect-metadata';
import type { ModulesContainer } from '@nestjs/core';
import { foreign } from './foreign-objects.js';

/** A module of an application, as Nest keeps it. */
export type NestModule = ModulesContainer extends Map<string, infer Module> ? Module : never;

/** A provider or a controller, as Nest keeps it. */
export type NestProvider = NestModule['providers'] extends Map<unknown, infer Provider> ? Provider : never;

/** Returns the list that a decorator has written on a class or on a method. */
export function listOn<Value>(key: string, target: object): readonly Value[] {
  const list: unknown = Reflect.getMetadata(key, target);
  return Array.isArray(list) ? list : [];
}

/** Yields the own and the inherited methods of a class. */
export function* methodsOf(
  type: Function,
): Generator<[prototype: object, key: string, descriptor: PropertyDescriptor]> {
  for (const prototype of foreign.chainOf(type.prototype)) {
    if (prototype === Object.prototype) return;
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof descriptor.value === 'function' && key !== 'constructor') yield [prototype, key, descriptor];
    }
  }
}
