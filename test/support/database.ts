import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Empties the database, and ends the sessions that still use it. */
  drop(): Promise<void>;
}

const SPARE = Symbol.for('signals.test.databases');

/** Empty databases that no test of this process uses: to make one takes longer than to empty one. */
const ofProcess = globalThis as { [SPARE]?: TestDatabase[] };
const spare = (ofProcess[SPARE] ??= []);

/** An empty database of its own for one test, on the server of this run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const known = spare.pop();
  if (known) return known;
  const name = `${process.env.SIGNALS_RUN}_${randomUUID().replaceAll('-', '')}`;
  // Copying template1 fails while a session is connected to it; none ever is to template0.
  await execute(server(), `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server());
  url.pathname = `/${name}`;
  const database = { name, url: url.href, drop };
  async function drop(): Promise<void> {
    await execute(database.url, EMPTY);
    spare.push(database);
  }
  return database;
}

/** Ends the other sessions and waits until they are gone, because what they hold cannot be dropped. */
const EMPTY = `
  DO $$
  DECLARE
    one name;
    others int[] := ARRAY(SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid());
  BEGIN
    PERFORM pg_terminate_backend(other) FROM unnest(others) AS other;
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = ANY (others)) LOOP
      PERFORM pg_sleep(0.002), pg_stat_clear_snapshot();
    END LOOP;
    FOR one IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    LOOP
      EXECUTE format('DROP SCHEMA %I CASCADE', one);
    END LOOP;
    CREATE SCHEMA public;
    EXECUTE format('ALTER DATABASE %I RESET ALL', current_database());
  END $$`;

function server(): string {
  const url = process.env.SIGNALS_PG_URL;
  if (url === undefined) throw new Error('SIGNALS_PG_URL is not set. Fix: run the tests with npm test.');
  return url;
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
