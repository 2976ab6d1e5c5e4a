/** How a transaction comes to be open where a message is sent. */
export const TRANSACTIONS = {
  none: 'none',
  flush: 'that of a flush',
  explicit: '`em.transactional()`, `@Transactional()`, `em.begin()`, `REQUIRES_NEW`',
  savepoint: 'nested in another: a savepoint',
} as const;

export type Transaction = keyof typeof TRANSACTIONS;

/** When a receiver runs. */
export const RUNS = {
  inSend: 'inside the send',
  inFlush: 'inside the flush, before COMMIT',
  inEither: 'inside the send, or inside the flush',
  atOnce: 'at once, inside the send',
  beforeCommit: 'just before COMMIT',
  beforeOutermost: 'just before the outermost COMMIT; dropped with the savepoint',
  afterCommit: 'after COMMIT, before the caller goes on',
  afterOutermost: 'after the outermost COMMIT; dropped with the savepoint',
  afterRollback: 'after ROLLBACK',
  afterUndone: 'when the outermost has ended, and it or the savepoint was rolled back',
  never: 'never',
} as const;

/** The effects of a receiver's error. */
export const ERRORS = {
  stopsSend: 'stops the send',
  failsFlush: 'fails the flush, which is rolled back',
  refuses: 'stops it, and COMMIT is refused, even where the error is caught',
  refusesSavepoint: 'stops it, and the savepoint is refused; what is around it may go on',
  rollsBack: 'comes out of the COMMIT, and all is rolled back',
  isolated: 'is logged and reported by `ReceiverFailed`; the caller does not notice',
  nothing: '',
} as const;

/** The EntityManager that a receiver has. */
export const EMS = {
  callers: "the caller's",
  joined: 'one of its own, on the transaction',
  either: "the caller's in a send, one of its own on the transaction in a flush",
  fresh: 'a fresh one',
  nothing: '',
} as const;

export interface Row {
  readonly delivery: 'inline' | 'beforeCommit' | 'afterCommit' | 'afterRollback';
  readonly transaction: Transaction;
  readonly runs: keyof typeof RUNS;
  readonly error: keyof typeof ERRORS;
  readonly em: keyof typeof EMS;
}

/** The truth table under "Deliveries" in docs/transactions.md. */
export const ROWS: readonly Row[] = [
  { delivery: 'inline', transaction: 'none', runs: 'inSend', error: 'stopsSend', em: 'callers' },
  { delivery: 'inline', transaction: 'flush', runs: 'inFlush', error: 'failsFlush', em: 'joined' },
  { delivery: 'inline', transaction: 'explicit', runs: 'inEither', error: 'refuses', em: 'either' },
  { delivery: 'inline', transaction: 'savepoint', runs: 'inEither', error: 'refusesSavepoint', em: 'either' },
  { delivery: 'beforeCommit', transaction: 'none', runs: 'atOnce', error: 'stopsSend', em: 'fresh' },
  { delivery: 'beforeCommit', transaction: 'flush', runs: 'beforeCommit', error: 'failsFlush', em: 'joined' },
  { delivery: 'beforeCommit', transaction: 'explicit', runs: 'beforeCommit', error: 'rollsBack', em: 'joined' },
  { delivery: 'beforeCommit', transaction: 'savepoint', runs: 'beforeOutermost', error: 'rollsBack', em: 'joined' },
  { delivery: 'afterCommit', transaction: 'none', runs: 'atOnce', error: 'isolated', em: 'fresh' },
  { delivery: 'afterCommit', transaction: 'flush', runs: 'afterCommit', error: 'isolated', em: 'fresh' },
  { delivery: 'afterCommit', transaction: 'explicit', runs: 'afterCommit', error: 'isolated', em: 'fresh' },
  { delivery: 'afterCommit', transaction: 'savepoint', runs: 'afterOutermost', error: 'isolated', em: 'fresh' },
  { delivery: 'afterRollback', transaction: 'none', runs: 'never', error: 'nothing', em: 'nothing' },
  { delivery: 'afterRollback', transaction: 'flush', runs: 'afterRollback', error: 'isolated', em: 'fresh' },
  { delivery: 'afterRollback', transaction: 'explicit', runs: 'afterRollback', error: 'isolated', em: 'fresh' },
  { delivery: 'afterRollback', transaction: 'savepoint', runs: 'afterUndone', error: 'isolated', em: 'fresh' },
];

/** A row as the manual has it. */
export function cellsOf({ delivery, transaction, runs, error, em }: Row): string[] {
  return [`\`${delivery}\``, TRANSACTIONS[transaction], RUNS[runs], ERRORS[error], EMS[em]];
}
