import { setTimeout as pause } from 'node:timers/promises';

/** Resolves once it is so; what is asked may take its time. */
export async function eventually(isSo: () => unknown, withinMs = 45_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It did not come to be so: ${String(isSo)}`);
    await pause(10);
  }
}
