import { inspect } from 'node:util';

/** A member of an object: its value, or a function that is called for it when it is first read. */
export type Member =
  | readonly [name: string, value: unknown]
  | readonly [name: string, value: undefined, get: () => unknown];

/** Makes an object with these members, which looks the same whether or not they have been read. */
export function objectOf(members: readonly Member[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  let isLazy = false;
  for (const [name, value, get] of members) {
    if (get) isLazy = true;
    Object.defineProperty(object, name, get ? computedOnce(name, get) : dataOf(value));
  }
  if (isLazy) Object.defineProperty(object, inspect.custom, { value: () => ({ ...object }) });
  return object;
}

function computedOnce(name: string, get: () => unknown): PropertyDescriptor {
  return {
    enumerable: true,
    configurable: true,
    get(this: object) {
      const value = get();
      Object.defineProperty(this, name, dataOf(value));
      return value;
    },
  };
}

function dataOf(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}
