import { MikroORM } from '@mikro-orm/core';
import { Test } from '@nestjs/testing';
import { PostSave } from 'nestjs-signals';
import { recordSignals } from 'nestjs-signals/testing';
import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';
import { AppModule } from './app.module.js';
import { HistoryEntry, Order } from './entities.js';

describe('A receiver of a model signal', () => {
  it('gets the old value and the new one, and prints what the README shows', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/02-model-receiver'));
  });

  it('is called for each flush that writes an order, and what it writes is written with it', async () => {
    const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
    await app.get(MikroORM).schema.create();
    using sent = recordSignals(app, PostSave);
    const em = app.get(MikroORM).em.fork();

    await outputOf(() => em.persist(em.create(Order, { status: 'placed' })).flush());

    expect(sent.first(PostSave, Order)).toMatchObject({
      payload: { created: true, changes: { status: { to: 'placed' } } },
      receivers: ['OrderHistory.write'],
    });
    expect(sent.of(PostSave, HistoryEntry)).toHaveLength(1);
    expect(await em.count(HistoryEntry)).toBe(1);
    await app.close();
  });
});
