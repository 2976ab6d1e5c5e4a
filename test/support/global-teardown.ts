import type { EmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';

/** Setup and teardown run in the same process, and this module is one for both. */
export const running: { server?: EmbeddedPostgres | undefined } = {};

/** Stops the server that the setup has started; a server named by SIGNALS_PG_URL from outside is left alone. */
export default async function stopTestServer(): Promise<void> {
  if (running.server === undefined) return;
  const { server } = running;
  running.server = undefined;
  delete process.env.SIGNALS_PG_URL;
  await server.stop();
}
