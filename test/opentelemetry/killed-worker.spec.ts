import { jest } from '@jest/globals';
import { SampleProcess } from '../sample/fixtures/sample-process.js';
import { quiet } from '../support/quiet.js';
import { startApi } from './api.js';
import { shownSpansOf } from './shown-spans.js';
import { idOf, tracing } from './tracing.js';

quiet();
jest.setTimeout(120_000);
const spans = tracing();

it('A worker that is killed in an attempt leaves no span of it, and the next attempt is in the same trace', async () => {
  await using api = await startApi();
  const start = (env: NodeJS.ProcessEnv) =>
    SampleProcess.start('test/opentelemetry/fixtures/worker-process.ts', {
      env: { SIGNALS_URL: api.databaseUrl, ...env },
    });
  await using killed = await start({ SIGNALS_HANGS: 'yes' });
  await killed.says(/ready/);
  await fetch(`${api.url}/orders`, { method: 'POST' });
  await killed.says(/hangs/);
  killed.kill('SIGKILL');
  expect(await killed.ended).toBe('SIGKILL');
  await using next = await start({});
  await next.says(/written/);
  const there = await shownSpansOf(next);

  const attempts = there.filter(({ name }) => name === 'process receipts.write');
  expect(attempts).toMatchObject([{ attempt: 2, parent: idOf(spans.named('store receipts.write')) }]);
  expect(killed.output).not.toContain('spans');
});
