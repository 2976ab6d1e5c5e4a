/**
 * Gives one object a property of its own in the place of what its class has. No class of a third party is changed.
 *
 * @returns takes it away again. Of several the last comes first: taking away another makes the object slow for good.
 */
export function shadow<T extends object, Key extends keyof T>(object: T, key: Key, value: T[Key]): () => void {
  const own = Object.getOwnPropertyDescriptor(object, key);
  object[key] = value;
  return () => {
    if (own) Object.defineProperty(object, key, own);
    else delete (object as Partial<T>)[key];
  };
}
