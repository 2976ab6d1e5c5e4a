import { jest } from '@jest/globals';
import { ask } from '../../test/sample/fixtures/ask.js';
import { expectedOutput } from '../../test/sample/fixtures/output.js';
import { SampleProcess } from '../../test/sample/fixtures/sample-process.js';
import { createTestDatabase } from '../../test/support/database.js';

jest.setTimeout(180_000);

const MAIN = 'sample/07-row-changes/main.ts';

describe('A receiver of row changes', () => {
  it('keeps a search index right when somebody writes with psql, and does not see what is hidden', async () => {
    const database = await createTestDatabase();
    try {
      await using main = await SampleProcess.start(MAIN, { env: { DATABASE_URL: database.url } });
      expect(await main.ended).toBe(0);
      expect(main.output).toBe(`${expectedOutput('sample/07-row-changes')}\n`);
      expect(await ask(database.url, `select string_agg(data::text, ' ') from signals.job`)).not.toContain('cost');
    } finally {
      await database.drop();
    }
  });
});
