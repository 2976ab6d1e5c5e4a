import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { eventually } from './eventually.js';

/** Where the pooler of this machine is; undefined where none is installed. */
export function findPgBouncer(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.map(folder => join(folder, 'pgbouncer')).find(existsSync);
}

/** A real PgBouncer in transaction mode before the server of a URL. */
export class PgBouncer implements AsyncDisposable {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(binary: string, serverUrl: string): Promise<PgBouncer> {
    const server = new URL(serverUrl);
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
    const config = join(folder, 'pgbouncer.ini');
    await writeFile(config, configOf(server, port));
    // It refuses to run as root.
    await chmod(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    const child = spawn(binary, ['-q', config], { stdio: 'ignore', ...(isRoot && { uid: 65534, gid: 65534 }) });
    const url = new URL(serverUrl);
    url.host = `127.0.0.1:${port}`;
    const pooler = new PgBouncer(url.href, child, folder);
    try {
      await eventually(() => answers(url.href));
    } catch (error) {
      await pooler[Symbol.asyncDispose]();
      throw error;
    }
    return pooler;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.folder, { recursive: true });
  }
}

function configOf(server: URL, port: number): string {
  const { hostname, username, password } = server;
  const secret = password && ` password=${decodeURIComponent(password)}`;
  const target = `host=${hostname} port=${server.port || 5432} user=${username}${secret}`;
  return `[databases]
* = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
ignore_startup_parameters = extra_float_digits
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
