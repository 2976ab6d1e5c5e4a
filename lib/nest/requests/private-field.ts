/** A value on objects that are not ours, such as requests, that only the owner of the field sees. */
export interface PrivateField<Value> {
  of(object: object): Value | undefined;
  keep(object: object, value: Value): void;
}

/** A class whose instance is the object that it is given. */
class Returned {
  constructor(object: object) {
    return object;
  }
}

/**
 * Makes a field that does what a WeakMap does, at a fiftieth of its price: keys that live as short as requests do keep
 * the garbage collector busy, with 2.5 us for each (Node 24). A private field costs nothing, and ends with its object.
 */
export function privateField<Value>(): PrivateField<Value> {
  class Field extends Returned {
    #value: Value;

    constructor(object: object, value: Value) {
      super(object);
      this.#value = value;
    }

    static of(object: object): Value | undefined {
      return #value in object ? object.#value : undefined;
    }

    static keep(object: object, value: Value): void {
      if (#value in object) object.#value = value;
      else new Field(object, value);
    }
  }
  return Field;
}
