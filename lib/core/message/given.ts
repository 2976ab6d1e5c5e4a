/** Leaves out what is undefined, as JSON does. */
export function given<T extends object>(properties: T): T {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as T;
}
