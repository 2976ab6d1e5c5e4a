import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';

/** A MariaDB server of its own, with its own data, on 127.0.0.1. */
export interface MariaDb extends AsyncDisposable {
  readonly port: number;
}

/** Where Debian's `mariadb-server-core` puts its programs, which is not on every PATH. */
const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];

function program(name: string): string | undefined {
  return PLACES.map(place => join(place, name)).find(path => existsSync(path));
}

export const isMariaDbInstalled = Boolean(program('mariadbd') && program('mariadb-install-db'));

export async function startMariaDb(): Promise<MariaDb> {
  const directory = await mkdtemp(join(tmpdir(), 'signals-mariadb-'));
  const common = ['--no-defaults', `--datadir=${join(directory, 'data')}`, `--user=${userInfo().username}`];
  const making = spawn(program('mariadb-install-db')!, [
    ...common,
    '--skip-test-db',
    '--auth-root-authentication-method=normal',
  ]);
  const [code] = (await once(
    making.on('spawn', () => making.stdout.resume()),
    'exit',
  )) as [number];
  if (code !== 0) throw new Error(`mariadb-install-db has ended with ${code}.`);
  const port = await freePort();
  const server = spawn(program('mariadbd')!, [
    ...common,
    '--skip-grant-tables',
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    `--socket=${join(directory, 'socket')}`,
    `--pid-file=${join(directory, 'pid')}`,
  ]);
  await ready(server);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

/** Resolves when the server says that it takes connections. */
async function ready(server: ChildProcess): Promise<void> {
  let said = '';
  for await (const text of server.stderr!) {
    said += String(text);
    if (said.includes('ready for connections')) {
      server.stderr!.resume();
      return;
    }
  }
  throw new Error(`mariadbd has ended: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
