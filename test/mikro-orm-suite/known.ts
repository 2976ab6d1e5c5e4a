/** A test of MikroORM's that fails with signals attached, and why that is right. */
export interface KnownFailure {
  /** The file, relative to the folder of the tests, and the full name of the test, or a part that both begin with. */
  readonly test: string;
  readonly reason: string;
}

const LOADED = 'MikroORM takes what a `:ref` hint finds for loaded wherever onLoad is subscribed to (Decision 91)';

export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    test: 'features/accessors/accessors.test.ts accessors with opaque backing property',
    reason:
      'it counts how often getters are called, and receivers of PreSave cost one look at each property before and after them',
  },
  ...[
    'features/entity-manager/EntityManager.pglite.test.ts EntityManagerPglite one to many relation (ref: true)',
    'features/entity-manager/EntityManager.postgre.test.ts EntityManagerPostgre one to many relation (ref: true)',
    'features/polymorphic-relations/polymorphic-loading-strategies.sqlite.test.ts :ref populate hints for polymorphic relations inverse polymorphic collection ',
    'issues/GHx49.test.ts combining `:ref` populate hints with overlapping `fields` does not duplicate queries',
    'issues/inverse-one-to-one-partial-populate.test.ts em.populate loads inverse 1:1 and many-to-many refs without extra entity queries',
  ].map(test => ({ test, reason: LOADED })),
];
