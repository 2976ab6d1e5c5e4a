/** The method by which a payload whose values are computed when they are read returns a copy that no longer changes. */
export const COPY: unique symbol = Symbol('copy');

/**
 * Returns a payload as it is now: plain objects, arrays, Dates, Maps and Sets are copied deeply. Entities, requests and other
 * class instances stay what they are.
 */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  // Of model signals, which are kept by the thousand, that is all.
  return (hasCopy(value) ? value[COPY]() : new Copying().copy(value)) as T;
}

/** Copies level by level and not by recursion, so that no payload is too deep for it. */
class Copying {
  private readonly copies = new Map<object, object>();
  private readonly unfilled: (() => void)[] = [];
  private readonly frozen: object[] = [];

  copy(value: object): object {
    const copy = this.of(value) as object;
    for (let fill = this.unfilled.pop(); fill; fill = this.unfilled.pop()) fill();
    this.frozen.forEach(Object.freeze);
    return copy;
  }

  /** The copy, which is filled later. */
  private of(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const known = this.copies.get(value);
    if (known !== undefined) return known;
    const copy = hasCopy(value) ? value[COPY]() : this.begin(value);
    this.copies.set(value, copy);
    if (copy !== value && Object.isFrozen(value)) this.frozen.push(copy);
    return copy;
  }

  private begin(value: object): object {
    const prototype = Object.getPrototypeOf(value) as object | null;
    switch (prototype) {
      case Object.prototype:
      case null:
        return this.later(Object.create(prototype) as object, copy => this.fillMembers(copy, value));
      case Array.prototype:
        return this.later<unknown[]>([], copy => {
          for (const item of value as unknown[]) copy.push(this.of(item));
        });
      case Date.prototype:
        return new Date((value as Date).getTime());
      case Map.prototype:
        return this.later(new Map<unknown, unknown>(), copy => {
          for (const [key, item] of value as Map<unknown, unknown>) copy.set(this.of(key), this.of(item));
        });
      case Set.prototype:
        return this.later(new Set<unknown>(), copy => {
          for (const item of value as Set<unknown>) copy.add(this.of(item));
        });
      default:
        return value;
    }
  }

  private later<T extends object>(copy: T, fill: (copy: T) => void): T {
    this.unfilled.push(() => fill(copy));
    return copy;
  }

  private fillMembers(copy: object, value: object): void {
    for (const key of Reflect.ownKeys(value)) {
      if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
      const member = this.of((value as Record<PropertyKey, unknown>)[key]);
      // Not by assignment: a key may be called __proto__.
      Object.defineProperty(copy, key, { value: member, writable: true, enumerable: true, configurable: true });
    }
  }
}

/** Returns the content of a payload as a plain object. */
export function plainOf(value: object): object {
  let plain = value;
  while (hasCopy(plain)) plain = plain[COPY]();
  return plain;
}

function hasCopy(value: object): value is { [COPY](): object } {
  return COPY in value;
}
