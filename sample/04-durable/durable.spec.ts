import { jest } from '@jest/globals';
import { ask } from '../../test/sample/fixtures/ask.js';
import { until } from '../../test/sample/fixtures/leftovers.js';
import { expectedOutput } from '../../test/sample/fixtures/output.js';
import { SampleProcess } from '../../test/sample/fixtures/sample-process.js';
import { createTestDatabase } from '../../test/support/database.js';

jest.setTimeout(180_000);

const MAIN = 'sample/04-durable/main.ts';
const WORKER = 'sample/04-durable/worker.ts';
const TEXTS = `SELECT coalesce(string_agg(text, ', '), 'none') FROM receipt`;

describe('A durable receiver', () => {
  it('writes its receipt in another process, when the one that took the order has ended', async () => {
    const database = await createTestDatabase();
    const env = { DATABASE_URL: database.url };
    try {
      await using main = await SampleProcess.start(MAIN, { env });
      expect(await main.ended).toBe(0);
      expect(main.output).toBe('Order 1 is taken\n');
      expect(await ask(database.url, TEXTS)).toBe('none');

      await using worker = await SampleProcess.start(WORKER, { env });
      await until(async () => (await ask(database.url, TEXTS)) !== 'none');

      expect(await ask(database.url, TEXTS)).toBe('Order 1: 30 EUR');
      worker.kill('SIGTERM');
      expect(await worker.ended).toBe('SIGTERM');
      expect(main.output + worker.output).toBe(`${expectedOutput('sample/04-durable')}\n`);
    } finally {
      await database.drop();
    }
  });

  it('needs a database that both processes know', async () => {
    await using main = await SampleProcess.start(MAIN, { env: { DATABASE_URL: '' } });

    expect(await main.ended).toBe(1);
    expect(main.output).toContain('DATABASE_URL is not set. Fix: name an empty PostgreSQL database.');
  });
});
