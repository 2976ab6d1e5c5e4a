import { jest } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from '../../sample/shop/database/embedded-postgres.js';
import { ask } from './fixtures/ask.js';
import { footprint, processesIn, sharedMemorySegments, until } from './fixtures/leftovers.js';
import { Owner } from './fixtures/owner.js';
import { copyProject } from './fixtures/project-copy.js';

jest.setTimeout(180_000);

const servers: EmbeddedPostgres[] = [];
const owners: Owner[] = [];
let room: string;

beforeAll(async () => {
  room = await realpath(await mkdtemp(join(tmpdir(), 'embedded-postgres-spec-')));
  await chmod(room, 0o755);
});

afterAll(async () => {
  await Promise.all(servers.map(server => server.stop()));
  await Promise.all(owners.map(owner => owner.kill()));
  await Promise.all(owners.map(owner => owner.leftovers()));
  await rm(room, { recursive: true });
});

describe('An embedded PostgreSQL server', () => {
  let url: string;

  beforeAll(async () => {
    const settings = { work_mem: '3MB', max_connections: '17' };
    ({ url } = await start({ databaseName: 'The "shop"', settings }));
  });

  it('has the database that was asked for and the settings that were given', async () => {
    expect(await ask(url, 'SELECT current_database()')).toBe('The "shop"');
    expect(await ask(url, 'SHOW work_mem')).toBe('3MB');
    expect(await ask(url, 'SHOW max_connections')).toBe('17');
  });

  it('is private: it listens on 127.0.0.1 only, and two at once share nothing', async () => {
    const another = await start();
    const count = `SELECT count(*) FROM pg_database WHERE datname = 'The "shop"'`;

    expect(await ask(url, count)).toBe('1');
    expect(await ask(another.url, count)).toBe('0');
    expect(await ask(url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(url, 'SHOW unix_socket_directories')).toBe('');
  });

  it('is gone when stop() resolves: process, directory and shared memory, and stopping twice is harmless', async () => {
    const server = await start();
    const { directory, sharedMemory } = await footprint(server.url);
    expect(await processesIn(directory)).not.toEqual([]);

    await Promise.all([server.stop(), server.stop()]);

    expect(existsSync(directory)).toBe(false);
    expect(await processesIn(directory)).toEqual([]);
    expect(await sharedMemorySegments()).not.toContain(sharedMemory);
    await server.stop();
  });

  it('is cleaned up by stop() even when the server has crashed', async () => {
    const server = await start();
    const { directory, postmaster, sharedMemory } = await footprint(server.url);
    process.kill(postmaster, 'SIGKILL');

    await server.stop();

    await until(async () => (await processesIn(directory)).length === 0);
    expect(existsSync(directory)).toBe(false);
    expect(await processesIn(directory)).toEqual([]);
    expect(await sharedMemorySegments()).not.toContain(sharedMemory);
  });

  it('that cannot start says why and what to do instead, and leaves nothing behind', async () => {
    await expect(start({ settings: { no_such_setting: '1' } })).rejects.toThrow(
      /unrecognized configuration parameter "no_such_setting"[^]*Fix: set DATABASE_URL/,
    );
  });
});

describe('An embedded PostgreSQL server leaves no process and no file behind when its owner', () => {
  const ways = ['falls off its end', 'throws', 'is interrupted from the keyboard', 'is killed'];
  const ownerThat = new Map<string, Owner>();

  beforeAll(async () => {
    await Promise.all(
      ways.map(async way => {
        const owner = await own(way);
        ownerThat.set(way, owner);
        await owner.url();
      }),
    );
  });

  it.each(ways)('%s', async way => {
    const owner = ownerThat.get(way)!;
    expect(await readdir(owner.scratch)).toHaveLength(1);

    await owner.end();

    expect(await owner.leftovers()).toEqual([]);
  });

  it('is killed while the server is still being set up', async () => {
    const owner = await own('is killed');
    await until(async () => (await processesIn(owner.scratch)).some(process => process.includes('initdb')));

    await owner.kill();

    expect(await owner.leftovers()).toEqual([]);
  });
});

describe('An embedded PostgreSQL server starts', () => {
  const ownerIn = new Map<string, Owner>();

  beforeAll(async () => {
    const [hidden, scriptless] = [join(room, 'hidden'), join(room, 'scriptless')];
    await mkdir(hidden, { mode: 0o700 });
    await Promise.all([copyProject(hidden), copyProject(scriptless, { links: false })]);
    ownerIn.set('hidden', await own('stops it', hidden));
    ownerIn.set('scriptless', await own('stops it', scriptless));
  });

  it.each([
    ['in a project that other users cannot read', 'hidden'],
    ['after an install that was not allowed to run scripts, which leaves out links between libraries', 'scriptless'],
  ])('%s', async (_, project) => {
    const owner = ownerIn.get(project)!;

    expect(await ask(await owner.url(), 'SELECT 1')).toBe('1');
    await owner.end();
    expect(await owner.leftovers()).toEqual([]);
  });

  it('not on a platform without binaries, and says what to do instead', async () => {
    const project = join(room, 'elsewhere');
    await copyProject(project, { binaries: false });
    const owner = await own('stops it', project);

    await expect(owner.url()).rejects.toThrow(/no PostgreSQL binaries.*\n.*Fix: set DATABASE_URL/);
  });
});

async function start(options?: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options);
  servers.push(server);
  return server;
}

async function own(way: string, project?: string): Promise<Owner> {
  const owner = await Owner.launch(way, { room, project });
  owners.push(owner);
  return owner;
}
