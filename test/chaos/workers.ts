import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Started, start } from './processes.ts';

/** How long a worker stands still. */
const REST_MS = { least: 5000, most: 40_000 };

/** Processes that deliver; one that has ended is replaced. */
export class Workers {
  killed = 0;
  stopped = 0;
  private readonly resting = new Set<Promise<void>>();
  private readonly url: string;
  private readonly count: number;
  private readonly random: (below: number) => number;
  private running: Started[] = [];
  private isOver = false;

  constructor(url: string, count: number, random: (below: number) => number) {
    this.url = url;
    this.count = count;
    this.random = random;
  }

  async start(): Promise<void> {
    const first = Array.from({ length: this.count }, () => this.startOne());
    await Promise.all(first.map(({ process }) => once(process, 'message')));
  }

  async killOne(): Promise<void> {
    const one = this.running[this.random(this.running.length)];
    if (!one) return;
    one.process.kill('SIGKILL');
    await one.ended;
    this.killed += 1;
  }

  /** Lets one worker stand still for a while: others think that it is gone, and it does not know. */
  restOne(): void {
    const one = this.running[this.random(this.running.length)];
    if (!one) return;
    this.stopped += 1;
    const rest = this.rest(one).finally(() => this.resting.delete(rest));
    this.resting.add(rest);
  }

  /** Resolves when no worker is stopped any more. */
  async rested(): Promise<void> {
    await Promise.all(this.resting);
  }

  private async rest({ process }: Started): Promise<void> {
    process.kill('SIGSTOP');
    await pause(REST_MS.least + this.random(REST_MS.most - REST_MS.least));
    process.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.isOver = true;
    const running = [...this.running];
    for (const { process } of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
  }

  private startOne(): Started {
    const started = start('worker.ts', [this.url]);
    this.running.push(started);
    void started.ended.then(() => {
      this.running = this.running.filter(one => one !== started);
      if (!this.isOver) this.startOne();
    });
    return started;
  }
}
