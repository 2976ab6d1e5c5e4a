import { Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import pg from 'pg';
import { createTestDatabase } from '../support/database.js';
import { quiet } from '../support/quiet.js';
import { startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

it.each([
  ['serializable', true, 1],
  ['repeatable read', true, 1],
  ['serializable', false, 0],
  ['read committed', true, 0],
  ['read uncommitted', true, 0],
])('A process is warned of an isolation that is too strict for workers: %s, work: %j', async (level, work, times) => {
  const database = await createTestDatabase();
  const { name, url } = database;
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(`ALTER DATABASE ${name} SET default_transaction_isolation = '${level}'`);
  try {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await using _started = await startDurable({ config: { clientUrl: url } }, { work });
    const warnings = warn.mock.calls.map(([text]) => String(text)).filter(text => text.includes('by default'));

    const warning: unknown = expect.stringMatching(new RegExp(`${level}[^]*fix: .*'read committed'`));
    expect(warnings).toEqual(Array.from({ length: times }, () => warning));
  } finally {
    await admin.query(`ALTER DATABASE ${name} RESET default_transaction_isolation`);
    await admin.end();
    await database.drop();
  }
});
