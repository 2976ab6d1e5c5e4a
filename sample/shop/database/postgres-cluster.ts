import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { GuardedProcess, PostgresGuard } from './postgres-guard.ts';

export type PostgresSettings = Readonly<Record<string, string>>;

const START_TIMEOUT_MS = 60_000;
const START_ATTEMPTS = 3;
const POLL_MS = 10;
const LOG_LINES = 20;

/** A database cluster in a guarded directory, and the server that runs on it. */
export class PostgresCluster {
  readonly #guard: PostgresGuard;
  readonly #binaries: string;

  constructor(guard: PostgresGuard, binaries: string) {
    this.#guard = guard;
    this.#binaries = join(binaries, 'bin');
  }

  /** Creates the cluster: superuser `postgres`, no password, UTF-8, and the same order of texts on every machine. */
  async create(): Promise<void> {
    const access = ['--username=postgres', '--auth=trust'];
    const args = [
      '--pgdata=data',
      '--no-sync',
      '--encoding=UTF8',
      '--locale=C',
      ...access,
      ...(await this.#newerOptions()),
    ];
    await this.#succeed('initdb', this.#guard.run(join(this.#binaries, 'initdb'), args));
  }

  /** Creates a database while no server runs. */
  async createDatabase(name: string, settings: PostgresSettings): Promise<void> {
    const args = ['--single', '-D', 'data', ...options({ ...settings, exit_on_error: 'on' }), 'postgres'];
    const statement = `CREATE DATABASE "${name.replaceAll('"', '""')}"\n`;
    await this.#succeed('CREATE DATABASE', this.#guard.run(join(this.#binaries, 'postgres'), args, statement));
  }

  /**
   * Starts a server, on a free port unless the settings name one, and resolves with the port as soon as the server
   * accepts connections. From then on the server does not keep this process alive.
   */
  async start(settings: PostgresSettings): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      const port = Number(settings.port ?? (await freePort()));
      const args = ['-D', 'data', ...options({ ...settings, port: String(port) })];
      const server = this.#guard.run(join(this.#binaries, 'postgres'), args);
      const failure = await this.#untilReady(server);
      if (failure === undefined) {
        server.process.unref();
        return port;
      }
      const portTaken = this.#guard.log().includes('Address already in use');
      if (!portTaken || attempt === START_ATTEMPTS) throw this.#error('postgres', failure);
    }
  }

  /** The options of initdb that older versions lack: their order of texts is that of the bytes. */
  async #newerOptions(): Promise<readonly string[]> {
    const help = this.#guard.run(join(this.#binaries, 'initdb'), ['--help']);
    await this.#succeed('initdb --help', help);
    const options = {
      '--builtin-locale': ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      '--no-data-checksums': ['--no-data-checksums'],
      '--no-instructions': ['--no-instructions'],
    };
    const known = this.#guard.log();
    return Object.entries(options).flatMap(([option, args]) => (known.includes(option) ? args : []));
  }

  async #succeed(command: string, process: GuardedProcess): Promise<void> {
    const outcome = await process.ended;
    if (outcome !== 0) throw this.#error(command, outcome);
  }

  async #untilReady(server: GuardedProcess): Promise<number | string | undefined> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      if (await this.#isReady(server)) return undefined;
      if (performance.now() > deadline) return `no answer within ${START_TIMEOUT_MS} ms`;
      const outcome = await Promise.race([server.ended, pause(POLL_MS, 'running')]);
      if (outcome !== 'running') return outcome;
    }
  }

  /** Lines 1 and 8 of postmaster.pid, the pid and the status, are what pg_ctl waits for, too. */
  async #isReady(server: GuardedProcess): Promise<boolean> {
    const file = await readFile(join(this.#guard.directory, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = file.split('\n');
    return lines[0] === String(server.process.pid) && lines[7]?.trim() === 'ready';
  }

  #error(command: string, outcome: number | string): Error {
    const log = this.#guard.log().trimEnd().split('\n').slice(-LOG_LINES).join('\n');
    return new Error(`${command} ended with ${outcome}, and this log:\n${log}`);
  }
}

function options(settings: PostgresSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
