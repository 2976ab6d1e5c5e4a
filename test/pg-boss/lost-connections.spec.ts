import { jest } from '@jest/globals';
import { quiet } from '../support/quiet.js';
import { Order, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

it('Connections that are lost inside a transaction are not lost to the pool', async () => {
  await using t = await startDurable({ config: { pool: { max: 2 } } });
  for (let round = 0; round < 4; round += 1) {
    const em = t.fork();
    await em.begin();
    const [row] = await em
      .getConnection()
      .execute<{ pid: number }[]>('select pg_backend_pid() as pid', [], 'all', em.getTransactionContext());
    await t.fork().getConnection().execute('select pg_terminate_backend(?)', [row!.pid]);
    em.create(Order, { name: 'never' });
    await expect(em.flush()).rejects.toThrow(/connection|terminat/i);
    await em.rollback().catch(() => {});
  }

  expect(await t.fork().count(Order)).toBe(0);
});
