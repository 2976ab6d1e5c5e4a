import fc from 'fast-check';
import type { Fate } from '../../../support/postgres-proxy.js';

/** The steps of a transaction. Every step that stores a row sends a signal about it, in the same place. */
export type Step =
  /** A flush. */
  | { readonly do: 'save' }
  /** A row, and a message about it, sent so. */
  | { readonly do: 'send' | 'sendSync' }
  /** A robust send whose receiver stores and sends, and then fails or not. */
  | { readonly do: 'robust'; readonly fails: boolean }
  /** Two of those at the same time. */
  | { readonly do: 'robust at once'; readonly fails: readonly [boolean, boolean] }
  /** A message for a receiver before COMMIT that stores and sends itself. */
  | { readonly do: 'before commit' }
  /** An inline receiver fails, and its error is caught. */
  | { readonly do: 'catch a receiver' }
  /** A statement fails, and its error is swallowed. */
  | { readonly do: 'swallow' }
  /** A row that the server refuses at COMMIT. */
  | { readonly do: 'violate' }
  | { readonly do: 'lose the connection' }
  /** A transaction within: a savepoint, or one of its own. Its error is caught. */
  | { readonly do: 'nest'; readonly inside: Block; readonly anew: boolean };

export interface Block {
  readonly steps: readonly Step[];
  readonly ends: 'commit' | 'throw';
}

/** One outermost transaction. */
export interface Root extends Block {
  readonly way: 'transactional' | 'begin';
  /** At its COMMIT. */
  readonly fate: Fate | undefined;
  /** Whether the receivers of the delivery `beforeCommit` fail. */
  readonly failsBeforeCommit: boolean;
}

/** A flush that opens its own transaction. */
export interface ImplicitFlush {
  readonly way: 'flush';
  readonly rows: number;
  /** A receiver of the row with this number fails, in `PostSave`. */
  readonly failsAt: number | undefined;
  readonly violates: boolean;
  readonly fate: Fate | undefined;
}

/** Transactions one after another, in each of several threads that run at the same time. */
export interface Program {
  readonly threads: readonly (readonly (Root | ImplicitFlush)[])[];
  /** The outcome of a transaction stays unknown. */
  readonly isSilent: boolean;
}

const stores: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: 'save' }, { do: 'send' }, { do: 'sendSync' }) },
  fc.record({ do: fc.constant('robust' as const), fails: fc.boolean() }),
  fc.record({ do: fc.constant('robust at once' as const), fails: fc.tuple(fc.boolean(), fc.boolean()) }),
  fc.constant<Step>({ do: 'before commit' }),
);

const fails: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  { do: 'catch a receiver' },
  { do: 'swallow' },
  { do: 'violate' },
  { do: 'lose the connection' },
);

const ends = fc.oneof(
  { weight: 3, arbitrary: fc.constant('commit' as const) },
  { weight: 1, arbitrary: fc.constant('throw' as const) },
);

const { block } = fc.letrec<{ block: Block; step: Step }>(tie => ({
  step: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: stores },
    { weight: 1, arbitrary: fails },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('nest' as const),
        inside: tie('block'),
        anew: fc.nat(5).map(chance => chance === 0),
      }),
    },
  ),
  block: fc.record({ steps: fc.array(tie('step'), { maxLength: 4 }), ends }),
}));

const fate = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('before', 'in', 'after') },
);

const root: fc.Arbitrary<Root> = fc
  .tuple(
    block,
    fc.record({
      way: fc.constantFrom<Root['way']>('transactional', 'begin'),
      fate,
      failsBeforeCommit: fc.nat(9).map(chance => chance === 0),
    }),
  )
  .map(([inside, of]) => ({ ...inside, ...of }));

const implicitFlush: fc.Arbitrary<ImplicitFlush> = fc.record({
  way: fc.constant('flush' as const),
  rows: fc.nat(3),
  failsAt: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.nat(2)),
  violates: fc.nat(5).map(chance => chance === 0),
  fate,
});

const thread = fc.array(fc.oneof({ weight: 2, arbitrary: root }, { weight: 1, arbitrary: implicitFlush }), {
  minLength: 1,
  maxLength: 2,
});

export const programs: fc.Arbitrary<Program> = fc.record({
  threads: fc.array(thread, { minLength: 1, maxLength: 3 }),
  isSilent: fc.nat(24).map(chance => chance === 0),
});
