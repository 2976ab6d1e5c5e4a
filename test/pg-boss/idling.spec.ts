import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { durable } from 'nestjs-signals';
import pg from 'pg';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { PostgresProxy } from '../support/postgres-proxy.js';
import { quiet } from '../support/quiet.js';
import { startDurable } from './orders.js';

quiet();
jest.setTimeout(180_000);

const LOOK = /\/\/paused/;

/** Counts the statements of this process, until all receivers were looked at so often. */
async function statementsWhile(looks: number): Promise<{ readonly all: string[]; readonly seconds: number }> {
  const query = jest.spyOn(pg.Client.prototype, 'query');
  const texts = () =>
    query.mock.calls.map(([what]) => (typeof what === 'string' ? what : (what as { text: string }).text));
  const begun = performance.now();
  await eventually(() => texts().filter(text => LOOK.test(text)).length > looks, 60_000);
  const seconds = (performance.now() - begun) / 1000;
  const all = texts();
  query.mockRestore();
  return { all, seconds };
}

describe('A process whose durable receivers have nothing to do', () => {
  it('asks at most twice in a second, however many receivers it has, and shows no sign of life for no job', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await using t = await startDurable();
    for (let at = 0; at < 40; at += 1) {
      t.placed.connect(() => {}, { uid: `x${at}`, delivery: durable({ concurrency: 4 }) });
    }
    await t.placed.send('somebody', { name: 'one' });
    await t.settled();
    // What the last delivery has led to is over by then.
    await statementsWhile(1);
    const { all, seconds } = await statementsWhile(6);

    expect(all.length / seconds).toBeLessThanOrEqual(2);
    expect(all.filter(text => /SET heartbeat_on = now\(\) FROM mine/.test(text))).toEqual([]);
    // More than ten seconds have passed.
    expect(warned).toHaveBeenCalledWith(expect.stringContaining('call app.enableShutdownHooks()'));
    warned.mockRestore();
  });

  it('delivers within a moment what comes then', async () => {
    await using t = await startDurable();
    const latencies: number[] = [];
    let sent = 0;
    t.placed.connect(() => latencies.push(performance.now() - sent), { uid: 'x', delivery: durable() });
    for (let at = 1; at <= 10; at += 1) {
      sent = performance.now();
      await t.placed.send('somebody', { name: String(at) });
      await eventually(() => latencies.length === at);
    }

    // Without notifications it would be the time between two looks: two seconds.
    expect(latencies.toSorted((a, b) => a - b)[5]).toBeLessThan(1000);
  });

  it('notices within ten seconds that its connection for notifications is silent, and listens again', async () => {
    const database = await createTestDatabase();
    await using proxy = await PostgresProxy.before(database.url);
    await using t = await startDurable({ config: { clientUrl: proxy.url } });
    t.placed.connect(() => {}, { uid: 'x', delivery: durable() });
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    const listening = async () =>
      (
        await admin.query<{ pid: number; port: number }>(`select pid, client_port as port from pg_stat_activity
          where datname = current_database() and (query like 'LISTEN%' or query like '%pg_listening_channels%')
            and pid <> pg_backend_pid() order by backend_start desc limit 1`)
      ).rows[0];
    await eventually(listening);
    const first = (await listening())!;
    const begun = performance.now();
    proxy.line(first.port).freeze();
    await eventually(async () => (await listening())!.pid !== first.pid, 30_000);

    expect(performance.now() - begun).toBeLessThan(15_000);
    await admin.end();
  });
});
