/** A change that lasts until the end of a `using` block, or until `end()`. */
export interface Temporary extends Disposable {
  /** Ends it now; what has ended stays ended. */
  end(): void;
}

export function temporary(end: () => void): Temporary {
  return { end, [Symbol.dispose]: end };
}
