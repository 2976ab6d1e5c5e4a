import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Removes the database, and ends the sessions that still use it. */
  drop(): Promise<void>;
}

/** An empty database of its own for one test file, on the server of this run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.SIGNALS_PG_URL;
  if (server === undefined) throw new Error('SIGNALS_PG_URL is not set. Fix: run the tests with npm test.');
  const name = `signals_${randomUUID().replaceAll('-', '')}`;
  // Copying template1 fails while anybody is connected to it; nobody ever is to template0.
  await execute(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
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
