import { jest } from '@jest/globals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { startTraced } from './orders.js';
import { tracing } from './tracing.js';

quiet();
jest.setTimeout(180_000);
const spans = tracing();

it('A worker that has nothing to do for a minute makes no spans', async () => {
  await using t = await startTraced(pgBoss());
  await t.placed.send('shop', { name: 'one' });
  await t.settled();
  expect(spans.spans.length).toBeGreaterThan(0);
  spans.reset();
  const query = jest.spyOn(pg.Client.prototype, 'query');
  const begun = performance.now();
  // It looks at its queues every two seconds.
  await eventually(() => performance.now() - begun > 60_000, 90_000);
  const looks = query.mock.calls.filter(([what]) => JSON.stringify(what).includes('//paused'));

  expect(looks.length).toBeGreaterThan(20);
  expect(spans.tree).toEqual([]);
});
