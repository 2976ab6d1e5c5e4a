import { EntityManager, TransactionPropagation } from '@mikro-orm/core';
import { afterCommit, beforeCommit, PostSave, PostUpsert, PreSave } from 'nestjs-signals';
import { Item } from './items.js';
import { app, placed, connections, calls, em, archive, send } from './two-orms.js';

describe('Outside of a transaction', () => {
  it('beforeCommit and afterCommit receivers are called at once, and afterRollback ones never', async () => {
    await send('now');
    calls.push('-- sent');

    expect(calls).toEqual(['before-commit now default', 'after-commit now default', '-- sent']);
  });

  it('is where code runs that the application starts without one, inside another transaction', async () => {
    await em().transactional(outer =>
      outer.transactional(() => send('apart'), { propagation: TransactionPropagation.NOT_SUPPORTED }),
    );

    expect(calls).toEqual(['before-commit apart default', 'after-commit apart default']);
  });
});

describe('A message belongs to', () => {
  it('the ambient transaction', async () => {
    await em().transactional(async () => {
      await send('one');
      calls.push('-- sent');
    });

    expect(calls).toEqual(['-- sent', 'before-commit one default', 'after-commit one default']);
  });

  it('the transaction of options.em, whatever is ambient', async () => {
    const named = em();
    await named.begin();
    await archive().transactional(() => send('named', { em: named }));
    calls.push('-- the ambient one has ended');
    await named.commit();

    expect(calls).toEqual([
      '-- the ambient one has ended',
      'before-commit named default',
      'after-commit named default',
    ]);
  });

  it('no transaction, when options.em is in none', async () => {
    await em().transactional(() => send('named', { em: em() }));
    calls.push('-- ended');

    expect(calls).toEqual(['before-commit named default', 'after-commit named default', '-- ended']);
  });

  it('the outermost of its own, of REQUIRES_NEW in another', async () => {
    await em().transactional(async outer => {
      await send('outer');
      await outer.transactional(() => send('inner'), { propagation: TransactionPropagation.REQUIRES_NEW });
      calls.push('-- the inner one has ended');
    });

    expect(calls).toEqual([
      'before-commit inner default',
      'after-commit inner default',
      '-- the inner one has ended',
      'before-commit outer default',
      'after-commit outer default',
    ]);
  });

  it.each([
    ['PreSave', PreSave],
    ['PostSave', PostSave],
  ])('the flush that is running, when a receiver of %s sends it', async (_name, signal) => {
    const sender = app.get<PreSave>(signal);
    connections.push(sender.connect(({ instance }) => send(instance.name), { sender: Item }));

    await archive().transactional(async outer => {
      const flushing = em();
      flushing.create(Item, { name: 'chair' });
      await flushing.flush();
      calls.push('-- flushed');
      expect(outer.isInTransaction()).toBe(true);
    });

    expect(calls).toEqual(['before-commit chair default', 'after-commit chair default', '-- flushed']);
  });

  it('the delivery that is running', async () => {
    const done = placed.connect(({ name }) => (name === 'first' ? send('second') : undefined), {
      delivery: beforeCommit,
      uid: 'sends more',
    });
    connections.push(done);

    await em().transactional(async () => {
      await send('first');
    });

    expect(calls).toEqual([
      'before-commit first default',
      'before-commit second default',
      'after-commit first default',
      'after-commit second default',
    ]);
  });

  it('no transaction when an afterCommit receiver sends it, although its sender is in another', async () => {
    connections.push(
      placed.connect(({ name }) => (name === 'first' ? send('second') : undefined), {
        delivery: afterCommit,
        uid: 'sends more',
      }),
    );

    await em().transactional(async outer => {
      await outer.transactional(() => send('first'), { propagation: TransactionPropagation.REQUIRES_NEW });
      calls.push('-- the inner one has ended');
    });

    expect(calls).toEqual([
      'before-commit first default',
      'after-commit first default',
      'before-commit second default',
      'after-commit second default',
      '-- the inner one has ended',
    ]);
  });

  it('no transaction, when a write without one sends it, inside a transaction of another MikroORM', async () => {
    connections.push(app.get(PostUpsert).connect(() => send('upserted')));

    await em().transactional(async () => {
      await archive().upsert(Item, { id: 1, name: 'chair' });
      calls.push('-- upserted');
    });

    expect(calls).toEqual(['before-commit upserted archive', 'after-commit upserted archive', '-- upserted']);
  });

  it('the flush that is running, although its receiver has begun a transaction of another MikroORM', async () => {
    const copy = async () => {
      await archive().transactional(() => send('copied'));
      calls.push('-- copied');
    };
    connections.push(app.get(PostSave).connect(copy, { sender: Item, uid: 'copies' }));
    const flushing = em();
    flushing.create(Item, { name: 'chair' });
    await flushing.flush();

    expect(calls).toEqual(['-- copied', 'before-commit copied default', 'after-commit copied default']);
  });

  it('the innermost of two MikroORMs, whose EntityManager the receivers have', async () => {
    await em().transactional(async () => {
      await archive().transactional(() => send('archived'));
      calls.push('-- the inner one has ended');
    });

    expect(calls).toEqual([
      'before-commit archived archive',
      'after-commit archived archive',
      '-- the inner one has ended',
    ]);
  });

  it('one of two that can be seen only when it is named: AMBIGUOUS_TRANSACTION', async () => {
    const { RequestContext } = await import('@mikro-orm/core');
    const one = app.get(EntityManager);
    await RequestContext.create(one, async () => {
      await one.begin();
      await archive().transactional(async other => {
        await expect(send('either')).rejects.toMatchObject({
          code: 'AMBIGUOUS_TRANSACTION',
          message: expect.stringMatching(/Placed[^]*'default' and 'archive'[^]*em \}/),
        });
        await send('this', { em: other });
      });
      await one.rollback();
    });

    expect(calls).toEqual(['before-commit this archive', 'after-commit this archive']);
  });
});
