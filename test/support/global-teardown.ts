import { Client } from 'pg';
import type { EmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';

/** Setup and teardown run in the same process, and this module is one for both. */
export const running: { server?: EmbeddedPostgres | undefined } = {};

/** Stops the server that the setup has started; on a server named by SIGNALS_PG_URL from outside it drops the databases. */
export default async function stopTestServer(): Promise<void> {
  const { SIGNALS_RUN: run, SIGNALS_PG_URL: url } = process.env;
  delete process.env.SIGNALS_RUN;
  if (running.server === undefined) {
    if (run !== undefined && url !== undefined) await dropDatabases(url, run);
    return;
  }
  const { server } = running;
  running.server = undefined;
  delete process.env.SIGNALS_PG_URL;
  await server.stop();
}

async function dropDatabases(url: string, run: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [run],
    );
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}
