import { once } from 'node:events';
import { type Started, start } from './processes.ts';

/** Processes that deliver; one that has ended is replaced. */
export class Workers {
  killed = 0;
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
