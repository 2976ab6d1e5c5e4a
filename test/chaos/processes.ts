import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The JSON lines that a process of this run has printed, and how it ended. */
export interface Ended {
  readonly said: Record<string, unknown>[];
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

export interface Started {
  readonly process: ChildProcess;
  /** Kept when it says its first line, or ends. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<Ended>;
}

/** Runs a file of this folder in a process of its own. */
export function start(file: string, args: readonly string[]): Started {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, file), ...args],
    {
      stdio: ['ignore', 'pipe', process.env.CHAOS_LOG ? 'inherit' : 'ignore', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'nestjs-signals-chaos') },
    },
  );
  const said: Record<string, unknown>[] = [];
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', line => {
    if (line.startsWith('{')) said.push(JSON.parse(line) as Record<string, unknown>);
    else if (process.env.CHAOS_LOG) console.error(line);
  });
  const ended = once(child, 'close').then(([code, signal]) => ({
    said,
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return { process: child, ready: Promise.race([once(lines, 'line'), ended]), ended };
}

/** Numbers that look random, and are the same for the same seed. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
