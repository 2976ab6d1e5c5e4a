import { type ConstructorOptions, fromPglite, type PGliteLike } from 'pg-boss';
import { type KnownEntityManager, SignalError } from '../../core/index.js';
import { sqlOf } from '../../durable/index.js';

/** How pg-boss reaches the database of a MikroORM. */
export interface DatabaseConnection {
  readonly options: Pick<ConstructorOptions, 'backend' | 'db'> | object;
  /** A database inside this process: it has one connection, which MikroORM and pg-boss share. */
  readonly isEmbedded: boolean;
  /** How many connections MikroORM has. */
  readonly connections: number;
}

/** Options of a pool of node-postgres that pg-boss does not take, or chooses itself. */
const NOT_OURS = ['min', 'max', 'idleTimeoutMillis', 'types', 'maxUses', 'allowExitOnIdle', 'maxLifetimeSeconds'];

/** The first version that pg-boss 12 works with, as PostgreSQL counts. */
const OLDEST = 130_000;

interface PoolLike {
  on(what: 'acquire', then: (client: ClientLike) => void): unknown;
  readonly totalCount: number;
  readonly options: Readonly<Record<string, unknown>> & { readonly max: number };
}

/** @throws {SignalError} `DELIVERY_NOT_AVAILABLE` */
export async function connectTo(em: KnownEntityManager): Promise<DatabaseConnection> {
  const connection = em.getConnection('write') as { getNativeClient?(): Promise<unknown> };
  const client = await connection.getNativeClient?.();
  if (isPglite(client))
    return { options: { backend: 'pglite', db: fromPglite(client) }, isEmbedded: true, connections: 1 };
  if (!isPool(client)) throw notPostgres(em.name);
  await checkServer(em);
  releaseLost(client);
  const { options } = client;
  const own = Object.entries(options).filter(([name]) => !NOT_OURS.includes(name));
  // The pool hides it from those who print it.
  const { password } = options;
  return { options: { ...Object.fromEntries(own), password }, isEmbedded: false, connections: options.max };
}

/** Refuses a server that is too old for the tables of pg-boss. */
async function checkServer(em: KnownEntityManager): Promise<void> {
  const sql = `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`;
  const { number, version } = await sqlOf(em).execute<{ number: number; version: string }>(sql, [], 'get');
  if (number >= OLDEST) return;
  throw new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `The server of the MikroORM '${em.name}' is PostgreSQL ${version}, and durable messages and row changes need PostgreSQL 13 or newer.`,
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
    fix: 'upgrade the server.',
  });
}

/** A connection that is lent to somebody. */
interface ClientLike {
  release(destroy?: boolean): void;
  once(what: 'end', then: () => void): unknown;
}

/**
 * Takes connections back that were lost inside a transaction. Kysely gives a connection back after ROLLBACK only, which
 * a lost one never answers (0.29), and when all are lost so, nothing is delivered any more.
 */
function releaseLost(pool: PoolLike): void {
  const watched = new WeakSet<ClientLike>();
  pool.on('acquire', client => {
    if (watched.has(client)) return;
    watched.add(client);
    client.once('end', () => {
      try {
        client.release(true);
      } catch {
        // It was given back already.
      }
      client.release = () => {};
    });
  });
}

function isPool(client: unknown): client is PoolLike {
  return typeof client === 'object' && client !== null && 'totalCount' in client && 'options' in client;
}

function isPglite(client: unknown): client is PGliteLike {
  return typeof client === 'object' && client !== null && 'exec' in client && 'listen' in client;
}

function notPostgres(name: string): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `The MikroORM '${name}' has no PostgreSQL database, and pg-boss keeps jobs in no other.`,
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
    fix: 'name a MikroORM that has one: pgBoss({ contextName }).',
  });
}
