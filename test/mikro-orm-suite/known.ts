/** A test of MikroORM's that fails with signals attached, and why that is right. */
export interface KnownFailure {
  /** The file, relative to the folder of the tests, and the full name of the test, or a part that both begin with. */
  readonly test: string;
  readonly reason: string;
}

export const KNOWN_FAILURES: readonly KnownFailure[] = [];
