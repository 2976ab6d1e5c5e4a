import { EntityManager } from '@mikro-orm/core';
import { Person, Log, Happened, t, logs, on, send, inRequest, lines, ann } from './pending/people.js';

const ways: [string, (call: () => Promise<unknown>) => Promise<unknown>][] = [
  ['no context', call => call()],
  ['a request', call => inRequest(call)],
  [
    'a request in which a transaction is over',
    call =>
      inRequest(async em => {
        await em.transactional(async inner => void (await inner.count(Log)));
        await call();
      }),
  ],
];

describe.each(ways)('In %s, what a receiver leaves pending', (_way, within) => {
  it('is written when it returns, before the next one is called', async () => {
    const seen: unknown[] = [];
    on(
      () => logs.write('one'),
      async () => {
        seen.push(await lines());
        logs.write('two');
      },
      payload => void seen.push(payload),
    );

    await within(() => send());

    expect(await lines()).toEqual(['one', 'two']);
    expect(seen).toEqual([['one'], {}]);
  });

  it('is written of a robust send, whatever the others do', async () => {
    on(
      () => logs.write('one'),
      () => Promise.reject(new Error('no')),
      async () => {
        await logs.count();
        logs.write('three');
      },
    );

    const statuses: string[] = [];
    await within(async () => {
      const responses = await t.app.get(Happened).sendRobust(null);
      statuses.push(...responses.map(({ status }) => status));
    });

    expect(await lines()).toEqual(['one', 'three']);
    expect(statuses).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('is removed, too', async () => {
    on(async (_payload, { em }) => void em!.remove(await ann(em as EntityManager)));

    await within(() => send());

    expect((await t.fork().findAll(Person)).map(({ name }) => name)).toEqual(['Bob']);
  });

  it('rejects the send when it cannot be written', async () => {
    on((_payload, { em }) => void em!.persist(em!.create(Log, {} as never, { persist: false })));

    await expect(within(() => send())).rejects.toThrow(/Value for Log.line is required/);
  });

  it('is written of a send within a receiver, and of what that one leaves itself', async () => {
    on(async payload => {
      logs.write(payload.people ? 'inner' : 'outer');
      if (payload.people) return;
      await send({ people: [] });
      logs.write(`after ${(await lines()).includes('inner')}`);
    });

    await within(() => send());

    expect((await lines()).sort()).toEqual(['after true', 'inner', 'outer']);
  });

  it('is written of a send with `em`, in that one', async () => {
    const own = t.fork();
    const seen: unknown[] = [];
    on((_payload, { em }) => {
      seen.push(em === own, logs.current() === own);
      logs.write('one');
    });

    await within(() => t.app.get(Happened).send(null, {}, { em: own }));

    expect(await lines()).toEqual(['one']);
    expect(seen).toEqual([true, true]);
  });
});
