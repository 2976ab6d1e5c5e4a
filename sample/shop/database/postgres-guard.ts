import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * PostgreSQL refuses to run as root, and initdb as a user without a name. 65534 has no rights on any common Linux, so
 * that no user has to be created. All other users stay the same.
 */
export const unprivileged: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/**
 * Standard input ends when the owner closes it or dies, however it dies. QUIT makes PostgreSQL drop its sessions and end
 * at once; KILL, after ten seconds, is for a process that hangs. A process may stay a zombie when process 1 of a
 * container does not reap orphans: that counts as gone. A postmaster.pid that is still there then is from a crash,
 * which leaves a shared memory segment behind.
 */
const WATCH = `
trap '' HUP INT TERM
alive() { kill -0 "$1" && ! grep -q '^State:.*Z' "/proc/$1/status"; }
read -r _
cd "$1" || exit 0
signal=QUIT
tries=0
while [ -e "$1" ] && [ "$tries" -lt 750 ]; do
  tries=$((tries + 1))
  [ "$tries" -eq 500 ] && signal=KILL
  if pid=$(cat pid) && alive "$pid"; then
    kill "-$signal" "$pid"
    sleep 0.02
  else
    ipcrm -m "$(sed -n '7s/.* //p' data/postmaster.pid)"
    rm -rf "$1" || sleep 0.02
  fi
done`;

/** A process that was cut off before it wrote its pid finds no directory to write to, and ends by itself. */
const ANNOUNCE = 'echo $$ > pid && exec "$@"';

/** A process in the guarded directory. */
export interface GuardedProcess {
  readonly process: ChildProcess;
  /** 0 after a success, otherwise the exit code, the signal, or why it could not be started. Never rejects. */
  readonly ended: Promise<number | string>;
}

/**
 * A scratch directory and the process that works in it. Neither outlives this process: a shell in a session of its own
 * stops the one and removes the other as soon as this process closes the guard or dies (SIGKILL included).
 *
 * It never keeps this process alive.
 */
export class PostgresGuard {
  readonly name = `nestjs-signals-postgres-${randomUUID().slice(0, 8)}`;
  readonly directory = join(tmpdir(), this.name);
  readonly #shell: ChildProcess;
  readonly #lifeline: Socket;
  readonly #ended: Promise<unknown>;
  #current: GuardedProcess | undefined;

  /** @throws Error when there is no `sh`. */
  constructor() {
    this.#shell = spawn('sh', ['-c', WATCH, 'sh', this.directory], {
      cwd: tmpdir(),
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#ended = once(this.#shell, 'exit').catch(() => {});
    if (this.#shell.pid === undefined) throw new Error('there is no shell (sh) to guard it with');
    this.#lifeline = this.#shell.stdin as Socket;
    this.#lifeline.on('error', () => {});
    this.#lifeline.unref();
    this.#shell.unref();
  }

  /** Creates the directory, empty and accessible to the process only. */
  open(): void {
    mkdirSync(this.directory, { mode: 0o700 });
    if (unprivileged.uid !== undefined) chownSync(this.directory, unprivileged.uid, unprivileged.gid!);
  }

  /** Runs a command, without privileges and with the directory as working directory. One at a time. */
  run(command: string, args: readonly string[], input = ''): GuardedProcess {
    const log = openSync(join(this.directory, 'log'), 'w');
    const child = spawn('sh', ['-c', ANNOUNCE, 'sh', command, ...args], {
      ...unprivileged,
      cwd: this.directory,
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['pipe', log, log],
      detached: true,
    });
    closeSync(log);
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    this.#current = { process: child, ended: this.#outcome(child) };
    return this.#current;
  }

  /** Returns the output of the current or last process so far. */
  log(): string {
    return readFileSync(join(this.directory, 'log'), 'utf8');
  }

  /** Stops the process, removes the directory, and resolves when both are gone. */
  async close(): Promise<void> {
    this.#shell.ref();
    this.#lifeline.end();
    this.#current?.process.ref();
    await Promise.all([this.#ended, this.#current?.ended]);
  }

  #outcome(child: ChildProcess): Promise<number | string> {
    return new Promise(resolve => {
      child.once('error', error => resolve(error.message));
      child.once('exit', (code, signal) => {
        rmSync(join(this.directory, 'pid'), { force: true });
        resolve(code ?? signal ?? 'unknown');
      });
    });
  }
}
