/**
 * Puts a function of ours in the place of a method, for one object. No class of a third party is changed.
 *
 * @returns puts the method back. The property stays the object's own: to delete it would make the engine treat the
 * object as a dictionary, and everything that MikroORM does with it dearer.
 */
export function shadow<T extends object, Key extends keyof T>(object: T, key: Key, value: T[Key]): () => void {
  const { [key]: method } = object;
  object[key] = value;
  return () => {
    object[key] = method;
  };
}
