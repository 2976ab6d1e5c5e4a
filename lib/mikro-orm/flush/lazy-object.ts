import { inspect } from 'node:util';

/** A member of an object, and whether its value is computed when it is first read. */
type Member = readonly [name: string, get: () => unknown, isLazy: boolean];

/** Makes an object with these members, which looks the same whether or not they have been read. */
export function objectOf(members: readonly Member[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, get, isLazy] of members)
    Object.defineProperty(object, name, isLazy ? computedOnce(name, get) : dataOf(get()));
  const looksPlain = { value: () => ({ ...object }) };
  if (members.some(([, , isLazy]) => isLazy)) Object.defineProperty(object, inspect.custom, looksPlain);
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
