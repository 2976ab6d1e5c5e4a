/**
 * Runs checks two at a time, because each waits for npm and then works in one thread, and prints how long each took.
 * After one that fails no other begins.
 *
 * @throws Error that of the first check that has failed, when no other is running.
 */
export async function runInPairs(
  checks: readonly (readonly [name: string, check: () => Promise<void>])[],
): Promise<void> {
  const waiting = [...checks];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, check] = next;
      const started = performance.now();
      try {
        await check();
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
      console.log(`${name}: ok (${Math.round((performance.now() - started) / 1000)} s)`);
    }
  };
  const ends = await Promise.allSettled([work(), work()]);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
