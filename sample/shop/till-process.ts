import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';

/** The process of a till, on the database that DATABASE_URL names. Killed at the end of an `await using` block. */
export class TillProcess implements AsyncDisposable {
  private constructor(
    private readonly process: ChildProcess,
    private readonly ended: Promise<unknown[]>,
    readonly url: string,
  ) {}

  /** @throws Error when it ends before it is open; its output shows the reason. */
  static async open(): Promise<TillProcess> {
    const process = fork(join(import.meta.dirname, `till${extname(import.meta.filename)}`));
    const ended = once(process, 'exit');
    const opened = await Promise.race([once(process, 'message'), ended.then(() => undefined)]);
    if (!opened) throw new Error('The till does not open.');
    return new TillProcess(process, ended, String(opened[0]));
  }

  /**
   * Kills the process as a crash does: it cannot clean up.
   *
   * @returns the signal that has ended it.
   */
  async kill(): Promise<unknown> {
    this.process.kill('SIGKILL');
    const [, signal] = await this.ended;
    return signal;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
