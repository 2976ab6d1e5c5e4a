import { Capture } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import { CapturedCalls } from './captured-calls.js';

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
