/**
 * Replaces a method of one object. No class of a third party is changed.
 *
 * @returns a function that puts the method back. The property stays the object's own: if it were deleted, the engine
 * would treat the object as a dictionary, and everything that MikroORM does with it would be slower.
 */
export function shadow<T extends object, Key extends keyof T>(object: T, key: Key, value: T[Key]): () => void {
  const { [key]: method } = object;
  object[key] = value;
  return () => {
    object[key] = method;
  };
}
