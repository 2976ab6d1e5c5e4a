/**
 * Reads objects that are not ours without running any of their code: a provider may be a proxy that throws until a
 * request is there, or have getters that connect to a database.
 */
export const foreign = {
  /** Returns the prototype of an object; undefined if it has none or hides it. */
  prototypeOf(object: unknown): object | undefined {
    if (!isObject(object)) return undefined;
    try {
      return (Object.getPrototypeOf(object) as object | null) ?? undefined;
    } catch {
      return undefined;
    }
  },

  /** Returns a property that holds a value, its own or inherited; undefined for an accessor. */
  valueOf(object: unknown, key: string | symbol): unknown {
    const seen = new Set<object>();
    for (
      let owner = isObject(object) ? object : undefined;
      owner && !seen.has(owner);
      owner = foreign.prototypeOf(owner)
    ) {
      const descriptor = descriptorOf(owner, key);
      if (descriptor) return descriptor.value;
      seen.add(owner);
    }
    return undefined;
  },

  isMethod(object: unknown, key: string | symbol): boolean {
    return typeof foreign.valueOf(object, key) === 'function';
  },

  /** `instanceof`, which a proxy may answer with an error. */
  isInstanceOf<Class>(object: unknown, type: abstract new (...args: never[]) => Class): object is Class {
    try {
      return isObject(object) && object instanceof type;
    } catch {
      return false;
    }
  },
};

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function descriptorOf(object: object, key: string | symbol): PropertyDescriptor | undefined {
  try {
    return Object.getOwnPropertyDescriptor(object, key);
  } catch {
    return undefined;
  }
}
