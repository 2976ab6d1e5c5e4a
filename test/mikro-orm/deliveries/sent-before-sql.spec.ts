import { PreDelete, PreSave } from 'nestjs-signals';
import { Item } from './items.js';
import { app, connections, calls, em, send } from './two-orms.js';

describe('What a receiver sends before the SQL of an implicit flush', () => {
  const toSend = (signal: typeof PreSave | typeof PreDelete, then?: () => void) =>
    connections.push(
      app.get<PreSave>(signal).connect(
        async ({ instance }) => {
          await send(instance.name);
          then?.();
        },
        { sender: Item },
      ),
    );

  it('is dropped with the flush, and afterRollback receivers run', async () => {
    await em().insert(Item, { id: 900, name: 'there already' });
    toSend(PreSave);
    const flushing = em();
    flushing.create(Item, { id: 900, name: 'one' });
    flushing.create(Item, { id: 901, name: 'two' });
    await expect(flushing.flush()).rejects.toThrow('duplicate key');

    expect(calls).toEqual(['after-rollback one default', 'after-rollback two default']);
  });

  it('is dropped, and calls no receiver, when the flush fails before it has a transaction', async () => {
    toSend(PreSave, () => {
      throw new Error('no');
    });
    const flushing = em();
    const item = flushing.create(Item, { name: 'one' });
    await expect(flushing.flush()).rejects.toThrow('no');
    expect(item).toBeDefined();
    await flushing.begin();
    await flushing.commit();

    expect(calls).toEqual([]);
  });

  it('is delivered as outside a transaction, when the flush turns out to have nothing to write', async () => {
    const flushing = em();
    const item = flushing.create(Item, { name: 'stays' });
    await flushing.flush();
    connections.push(
      app.get(PreDelete).connect(
        async ({ instance }, { em: own }) => {
          own!.persist(instance);
          await send('taken back');
        },
        { sender: Item },
      ),
    );
    flushing.remove(item);
    await flushing.flush();

    expect(calls).toEqual(['before-commit taken back default', 'after-commit taken back default']);
  });

  it('belongs to the transaction that the flush runs in, where there is one', async () => {
    toSend(PreSave);
    await em().transactional(async inner => {
      inner.create(Item, { name: 'one' });
      await inner.flush();
      calls.push('-- flushed');
    });

    expect(calls).toEqual(['-- flushed', 'before-commit one default', 'after-commit one default']);
  });
});
