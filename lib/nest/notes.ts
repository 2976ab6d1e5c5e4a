/** What is kept with objects that are not ours, such as requests, where nobody else sees it. */
export interface Notes<Value> {
  of(object: object): Value | undefined;
  keep(object: object, value: Value): void;
}

/** A class whose instance is the object that it is given. */
class Given {
  constructor(object: object) {
    return object;
  }
}

/**
 * Does what a WeakMap does, at a fiftieth of its price: keys that live as short as requests do keep the garbage
 * collector busy, with 2.5 us for each (Node 24). A private field of an object costs nothing, and it ends with the object.
 */
export function notes<Value>(): Notes<Value> {
  class Noted extends Given {
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
      else new Noted(object, value);
    }
  }
  return Noted;
}
