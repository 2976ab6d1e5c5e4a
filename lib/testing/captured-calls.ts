import {
  Capture,
  type CapturedCall as Waiting,
  type SignalClass,
  SignalError,
  type SignalRegistry,
} from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';

/** A call that a commit would make. */
export interface CapturedCall {
  /** The uid of the receiver. */
  readonly receiver: string;
  /** The name of its delivery. */
  readonly delivery: string;
  /** The class of the signal that was sent. */
  readonly signal: SignalClass;
  /** The sender; undefined if the messages of the call have several. */
  readonly sender: unknown;
  /** The payload; for a receiver with `batch: true` an array of them. */
  readonly payload: object;
}

/** The calls that a COMMIT would make, and the result of the function they were captured of. */
export class CapturedCalls<T = unknown> {
  private readonly calls: Waiting[];
  private at = 0;

  /** @internal */
  constructor(
    private readonly registry: SignalRegistry,
    /** The result of `fn`. */
    readonly value: T,
    private readonly capture: Capture,
  ) {
    this.calls = capture.take();
  }

  /** The calls in the order in which they would be made; calls that receivers cause while they run are added. */
  get all(): CapturedCall[] {
    return this.calls.map(({ call: { record, channel, sender, payload } }) => {
      return { receiver: record.uid, delivery: record.terms.delivery.name, signal: channel.signal, sender, payload };
    });
  }

  /**
   * Calls the receivers that have not been called yet, one after another, and those of what they send. The data of the
   * test are not committed, so each has an EntityManager on a savepoint of the test's transaction.
   *
   * @throws what a receiver throws, when all have been called; an AggregateError of several. What a receiver that fails
   * has written is undone.
   * @throws {SignalError} `NO_TRANSACTION` when the transaction has ended.
   */
  async run(): Promise<void> {
    const { calls, capture, registry } = this;
    const errors: unknown[] = [];
    while (this.at < calls.length) {
      const next = calls[this.at++]!;
      await capture.during(registry, () => makeCall(next)).catch((error: unknown) => errors.push(error));
      calls.push(...capture.take());
    }
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} receivers have failed.`);
    if (errors.length === 1) throw errors[0];
  }
}

async function makeCall({ call, scope }: Waiting): Promise<void> {
  if (scope) return void (await call.run(scope));
  throw new SignalError('NO_TRANSACTION', {
    what: `${call.record.uid} cannot be called any more: the transaction that ${call.channel.name} was sent in has ended.`,
    at: 'captured.run()',
    fix: 'run it before the test rolls back.',
  });
}

/**
 * Runs `fn` in a test whose transaction is going to be rolled back, and collects what the receivers with the delivery
 * `afterCommit` would be called with after its COMMIT: what was sent by `fn` and by what it calls, in the order in which it
 * was sent, and not dropped with a savepoint. They are not called unless `run()` is; receivers of a transaction that `fn`
 * commits itself are called as ever, and so are those of what others send meanwhile.
 *
 * @returns what was collected, and what `fn` returned.
 * @throws {SignalError} `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`; what `fn` throws.
 */
export async function captureAfterCommit<T>(
  app: TestedApplication,
  fn: () => T | Promise<T>,
): Promise<CapturedCalls<T>> {
  const registry = startedRegistryOf(app, 'captureAfterCommit()');
  const capture = new Capture();
  const value = await capture.during(registry, fn);
  return new CapturedCalls(registry, value, capture);
}
