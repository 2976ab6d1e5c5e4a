import { clearTimeout, setTimeout } from 'node:timers';

/** The longest time that a timer of Node waits: with a longer one it does not wait at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whether a timer of Node can wait so many milliseconds. */
export function canWait(value: unknown, { min }: { min: number }): boolean {
  return typeof value === 'number' && value >= min && value <= LONGEST_TIMER_MS;
}

/** Waits until the work is done, or its time is up. Whether it was done; its error is the caller's. Fake timers of a test runner do not stop it. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), timeoutMs);
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
