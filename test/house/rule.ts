/** A rule of the house about things of one kind: sources, documents. */
export interface Rule<Thing> {
  /** A sentence about the things that keep it. */
  readonly says: string;
  /** @returns what breaks the rule, one line for each thing. */
  readonly check: (things: readonly Thing[]) => string[];
  /** Things that break it, by path, and what is said about them: a rule that no longer notices is broken itself. */
  readonly broken: { readonly by: Readonly<Record<string, string>>; readonly findings: readonly string[] };
}

/** Makes tests of rules: that the house keeps them, and that they notice when somebody does not. */
export function testRules<Thing>(
  rules: readonly Rule<Thing>[],
  house: readonly Thing[],
  read: (files: Readonly<Record<string, string>>) => Thing[],
): void {
  it.each(rules)('$says', ({ check }) => {
    expect(check(house)).toEqual([]);
  });

  describe('and it is noticed when it is not so that', () => {
    it.each(rules)('$says', ({ check, broken }) => {
      expect(check(read(broken.by))).toEqual(broken.findings);
    });
  });
}
