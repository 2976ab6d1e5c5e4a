/** How a payload that computes what it tells when it is read makes it real, or at least such that it stays as it is. */
export const COPY: unique symbol = Symbol('copy');

type Copies = Map<object, unknown>;

/**
 * A payload as it is now: plain objects, arrays, Dates, Maps and Sets are copied deeply. Entities, requests and other
 * class instances stay what they are.
 */
export function copyOf<T>(value: T, copies?: Copies): T {
  if (typeof value !== 'object' || value === null) return value;
  // Of model signals, which are kept by the thousand, that is all.
  if (!copies && hasCopy(value)) return value[COPY]() as T;
  return copyWithin(value, copies ?? new Map());
}

function copyWithin<T extends object>(value: T, copies: Copies): T {
  const known = copies.get(value);
  if (known !== undefined) return known as T;
  const copy = hasCopy(value) ? value[COPY]() : copyDeeply(value, copies);
  copies.set(value, copy);
  if (copy !== value && Object.isFrozen(value)) Object.freeze(copy);
  return copy as T;
}

function copyDeeply(value: object, copies: Copies): unknown {
  switch (Object.getPrototypeOf(value)) {
    case Object.prototype:
    case null:
      return copyMembers(value, copies);
    case Array.prototype:
      return copyItems(value as unknown[], copies);
    case Date.prototype:
      return new Date((value as Date).getTime());
    case Map.prototype:
      return copyEntries(value as Map<unknown, unknown>, copies);
    case Set.prototype:
      return copyValues(value as Set<unknown>, copies);
    default:
      return value;
  }
}

function copyMembers(value: object, copies: Copies): object {
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as Record<PropertyKey, unknown>;
  copies.set(value, copy);
  for (const key of Reflect.ownKeys(value)) {
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue;
    const member = copyOf((value as Record<PropertyKey, unknown>)[key], copies);
    // Not by assignment: a key may be called __proto__.
    Object.defineProperty(copy, key, { value: member, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

function copyItems(value: readonly unknown[], copies: Copies): unknown[] {
  const copy: unknown[] = [];
  copies.set(value, copy);
  for (const item of value) copy.push(copyOf(item, copies));
  return copy;
}

function copyEntries(value: ReadonlyMap<unknown, unknown>, copies: Copies): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  copies.set(value, copy);
  for (const [key, item] of value) copy.set(copyOf(key, copies), copyOf(item, copies));
  return copy;
}

function copyValues(value: ReadonlySet<unknown>, copies: Copies): Set<unknown> {
  const copy = new Set<unknown>();
  copies.set(value, copy);
  for (const item of value) copy.add(copyOf(item, copies));
  return copy;
}

/** What a payload tells, in a plain object. */
export function plainOf(value: object): object {
  let plain = value;
  while (hasCopy(plain)) plain = plain[COPY]();
  return plain;
}

function hasCopy(value: object): value is { [COPY](): object } {
  return COPY in value;
}
