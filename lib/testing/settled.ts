import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { SignalError, type SignalRegistry } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';

/** How long to wait for an application. */
export interface SettledOptions {
  /** In milliseconds. Default: 3000, which is less than a test has with most runners. */
  timeoutMs?: number;
}

/**
 * Resolves when everything that was sent in the application has been received: sends that nobody waits for, and
 * those that receivers send meanwhile, included.
 *
 * Fake timers of a test runner do not stop it.
 *
 * @throws {SignalError} `NOT_SETTLED`, which names the receivers that are still waited for; `MODULE_NOT_IMPORTED`,
 * `APPLICATION_CLOSED`.
 */
export async function settled(app: TestedApplication, { timeoutMs = 3000 }: SettledOptions = {}): Promise<void> {
  const registry = startedRegistryOf(app, 'settled()');
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(true), timeoutMs);
  try {
    if (await Promise.race([quiet(registry), late])) throw notSettled(registry, timeoutMs);
  } finally {
    clearTimeout(timer);
  }
}

/** Whoever waited for a send may send again as soon as it has ended. */
async function quiet({ flights }: SignalRegistry): Promise<void> {
  do {
    await flights.landing();
    await new Promise(resolve => setImmediate(resolve));
  } while (!flights.areLanded);
}

function notSettled({ flights }: SignalRegistry, timeoutMs: number): SignalError {
  return new SignalError('NOT_SETTLED', {
    what: `After ${timeoutMs} ms these have not ended: ${flights.names.join(', ')}.`,
    at: 'settled()',
    fix: 'let what they wait for happen first, or fake them, or wait longer: `settled(app, { timeoutMs })`.',
  });
}
