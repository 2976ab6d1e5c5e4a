/**
 * Reads objects that are not ours without running any of their code: a provider may be a proxy that throws until a
 * request is there, or have getters that connect to a database.
 */
export const foreign = {
  /** Returns the prototype of an object; undefined if it has none or hides it. */
  prototypeOf(object: unknown): object | undefined {
    return isObject(object) ? (tried(() => Object.getPrototypeOf(object) as object | null) ?? undefined) : undefined;
  },

  /** Returns an object and all that it inherits from, the nearest first. A proxy may name itself. */
  chainOf(object: unknown): ReadonlySet<object> {
    const chain = new Set(isObject(object) ? [object] : []);
    for (const owner of chain) {
      const prototype = foreign.prototypeOf(owner);
      if (prototype) chain.add(prototype);
    }
    return chain;
  },

  /** Returns a property that holds a value, its own or inherited; undefined for an accessor. */
  valueOf(object: unknown, key: string | symbol, seen: ReadonlySet<object> = new Set()): unknown {
    if (!isObject(object) || seen.has(object)) return undefined;
    const descriptor = tried(() => Object.getOwnPropertyDescriptor(object, key));
    return descriptor ? descriptor.value : foreign.valueOf(foreign.prototypeOf(object), key, new Set(seen).add(object));
  },

  isMethod(object: unknown, key: string | symbol): boolean {
    return typeof foreign.valueOf(object, key) === 'function';
  },
};

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Reads from a proxy, which may answer with an error. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
