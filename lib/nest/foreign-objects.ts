/**
 * Reads objects that are not ours without running any of their code: a provider may be a proxy that throws until a
 * request is there, or have getters that connect to a database.
 */
export const foreign = {
  /** Returns the prototype of an object; undefined if it has none or hides it. */
  prototypeOf(object: unknown): object | undefined {
    return isObject(object) ? (tried(() => Object.getPrototypeOf(object) as object | null) ?? undefined) : undefined;
  },

  /** Yields an object and all that it inherits from, the nearest first. A proxy may name itself. */
  *chainOf(object: unknown): Generator<object, void> {
    const seen: object[] = [];
    for (let at = object; isObject(at) && !seen.includes(at); at = foreign.prototypeOf(at)) {
      seen.push(at);
      yield at;
    }
  },

  /** Returns a property that holds a value, its own or inherited; undefined for an accessor. */
  valueOf(object: unknown, key: string | symbol): unknown {
    for (const owner of foreign.chainOf(object)) {
      const descriptor = tried(() => Object.getOwnPropertyDescriptor(owner, key));
      if (descriptor) return descriptor.value;
    }
    return undefined;
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
