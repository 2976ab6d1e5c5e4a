/** Returns things by name. Of several with one name, such as signals of two modules, the later ones get a number: `OrderPlaced 2`. */
export function byDistinctName<T>(things: readonly T[], nameOf: (thing: T) => string, mark = ' '): Map<string, T> {
  const named = new Map<string, T>();
  for (const thing of things) {
    const plain = nameOf(thing);
    let name = plain;
    for (let count = 2; named.has(name); count++) name = `${plain}${mark}${count}`;
    named.set(name, thing);
  }
  return named;
}
