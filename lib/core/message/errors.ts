/** Every code a `SignalError` can carry, in the order of `docs/errors.md`. */
export const SIGNAL_ERROR_CODES = [
  'UNKNOWN_OPTION',
  'NOT_A_SIGNAL',
  'NOT_A_RECEIVER',
  'SENDER_NOT_AN_ENTITY',
  'SENDER_UNDEFINED',
  'UNKNOWN_FIELD',
  'NOT_A_STRATEGY',
  'RECEIVER_UID_TAKEN',
  'SIGNAL_NAME_TAKEN',
  'UID_REQUIRED',
  'RECEIVER_ORDER_CYCLE',
  'RECEIVER_ORDER_UNKNOWN',
  'RECEIVER_IS_ASYNC',
  'RECEIVER_TIMED_OUT',
  'RECURSION_LIMIT',
  'PAYLOAD_INVALID',
  'PAYLOAD_NOT_SERIALIZABLE',
  'FLUSH_INSIDE_RECEIVER',
  'NO_TRANSACTION',
  'NO_ENTITY_MANAGER',
  'NOT_A_COLLECTION',
  'AMBIGUOUS_TRANSACTION',
  'TRANSACTION_REFUSED',
  'OUTCOME_UNKNOWN',
  'FOREIGN_INSTANCE',
  'MODULE_IMPORTED_TWICE',
  'SIGNAL_OF_ANOTHER_APPLICATION',
  'PACKAGE_LOADED_TWICE',
  'DELIVERY_NOT_AVAILABLE',
  'PEER_NOT_INSTALLED',
  'PEER_NOT_SUPPORTED',
  'NODE_NOT_SUPPORTED',
  'SCHEMA_MISSING',
  'SCHEMA_NOT_IGNORED',
  'ROWS_NOT_SENT',
  'ROW_NOT_SENT',
  'TRIGGERS_MISSING',
  'ISOLATION_TOO_STRICT',
  'NO_SHUTDOWN_HOOKS',
  'NO_TELEMETRY_SDK',
  'INSPECTOR_UNGUARDED',
  'JOB_WITHOUT_RECEIVER',
  'WORKER_LOST',
  'MODULE_NOT_IMPORTED',
  'APPLICATION_CLOSED',
  'SIGNAL_UNKNOWN',
  'RECEIVER_UNKNOWN',
  'EXPECTATION_FAILED',
  'NOT_SETTLED',
  'NOT_GIVEN',
  'UNKNOWN_COMMAND',
  'ENTRY_NOT_FOUND',
  'ENTRY_INVALID',
  'FILE_NOT_WRITTEN',
  'GRAPH_INVALID',
  'DATABASE_UNREACHABLE',
  'NOT_CONFIRMED',
] as const;

/** The code of a `SignalError`. */
export type SignalErrorCode = (typeof SIGNAL_ERROR_CODES)[number];

/** The page of the manual with every code, as the package holds it. */
const PAGE = 'https://unpkg.com/nestjs-signals/docs/errors.md';

/** The three parts of every message: what happened, where, and the one thing to do about it. */
export interface SignalErrorParts {
  what: string;
  at: string;
  fix: string;
  cause?: unknown;
}

/**
 * Every error that this library itself raises.
 *
 * `code` is stable and is what programs compare; the message is for people and may change. A receiver's
 * own error is never wrapped in one.
 */
export class SignalError extends Error {
  /** The kind of the error, which does not change. */
  readonly code: SignalErrorCode;

  constructor(code: SignalErrorCode, { what, at, fix, cause }: SignalErrorParts) {
    // What follows, such as SQL, is for copying, and stays the end of the message.
    const [step, ...rest] = fix.split('\n\n');
    const see = `${PAGE}#${code.toLowerCase()}`;
    const parts = [`${what}\n  at:  ${at}\n  fix: ${step}\n  see: ${see}`, ...rest];
    super(parts.join('\n\n'), cause === undefined ? undefined : { cause });
    this.name = 'SignalError';
    this.code = code;
  }
}
