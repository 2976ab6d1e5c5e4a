import { IsolationLevel } from '@mikro-orm/core';
import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

describe.each([
  ['without keys', {}],
  ['with keys', { key: ({ name }: { name: string }) => name }],
])('Durable messages %s', (_, options) => {
  it('do not get into the way of each other in serializable transactions', async () => {
    await using t = await startDurable({}, { work: false });
    t.placed.connect(() => {}, { uid: 'x', delivery: durable(options) });
    await t.placed.send('somebody', { name: 'first' });
    const sent = await Promise.allSettled(
      Array.from({ length: 100 }, (_one, at) =>
        t.fork().transactional(em => t.placed.send('somebody', { name: String(at) }, { em }), {
          isolationLevel: IsolationLevel.SERIALIZABLE,
        }),
      ),
    );

    expect(sent.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(await t.durable.counts()).toMatchObject([{ waiting: 101 }]);
  });
});
