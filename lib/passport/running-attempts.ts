import { AsyncLocalStorage } from 'node:async_hooks';
import { rawAttachedOf } from './attachment.js';
import type { LoginAttempt } from './login-attempt.js';

/** The attempt to log in that the running code belongs to. */
export class RunningAttempts {
  private readonly running = new AsyncLocalStorage<LoginAttempt>();

  /** Runs a guard, a route or a step of a strategy, so that the strategies it asks belong to its attempt. */
  run<T>(attempt: LoginAttempt, call: () => T): T {
    // Entering costs much more than asking.
    return this.running.getStore() === attempt ? call() : this.running.run(attempt, call);
  }

  /**
   * Returns the attempt that the running code belongs to.
   *
   * @param request - only an attempt of this one counts. Default: of any.
   */
  around(request?: object): LoginAttempt | undefined {
    const attempt = this.running.getStore();
    if (!attempt?.isOpen) return undefined;
    if (!request) return attempt;
    attempt.request ??= request;
    return rawAttachedOf(attempt.request) === rawAttachedOf(request) ? attempt : undefined;
  }
}
