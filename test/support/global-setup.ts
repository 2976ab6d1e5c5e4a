import { randomUUID } from 'node:crypto';
import { buildPage } from '../../lib/inspector/page/build.mjs';
import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import stopTestServer, { running } from './global-teardown.ts';

/** One server for the whole run, unless SIGNALS_PG_URL names one. */
export default async function startTestServer(): Promise<void> {
  // In watch mode, an interrupted run has no teardown.
  await stopTestServer();
  process.env.SIGNALS_RUN = `signals_${randomUUID().slice(0, 8)}`;
  await buildPage();
  if (process.env.SIGNALS_PG_URL !== undefined) return;
  running.server = await startEmbeddedPostgres().catch((cause: Error) => {
    throw new Error(cause.message.replace('DATABASE_URL', 'SIGNALS_PG_URL'), { cause });
  });
  process.env.SIGNALS_PG_URL = running.server.url;
}
