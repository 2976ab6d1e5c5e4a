import { EntityManager } from '@mikro-orm/core';
import { AuthSignals, type Message, UserLoggedIn, UserLoggedOut } from 'nestjs-signals';
import {
  Person,
  Log,
  type Payload,
  Happened,
  t,
  logs,
  connections,
  on,
  send,
  inRequest,
  lines,
  ann,
} from './pending/people.js';

describe('What a receiver changes on an entity of the payload', () => {
  const changes: [string, (person: Person, em: EntityManager) => unknown, (person: Person) => unknown][] = [
    ['a value', person => void (person.seenAt = new Date(0)), person => person.seenAt],
    ['a value in an array', person => void person.tags!.push('b'), person => person.tags],
    [
      'a collection',
      (person, em) => void person.friends.add(em.getReference(Person, 2)),
      person => person.friends.length,
    ],
  ];
  const sends: [string, (person: Person) => Promise<unknown>][] = [
    ['in the payload', person => send({ person })],
    ['in an array of it', person => send({ people: [person] })],
    ['as the sender', person => t.app.get(Happened).send(person, {})],
  ];
  const known = (payload: Payload, { sender }: Message) => payload.person ?? payload.people?.[0] ?? (sender as Person);

  describe.each(sends)('%s', (_where, sendPerson) => {
    it.each(changes)('is written: %s', async (_what, change, valueOf) => {
      on((payload, message) => void change(known(payload, message), message.em as EntityManager));
      const before = valueOf(await t.fork().findOneOrFail(Person, { name: 'Ann' }, { populate: ['friends'] }));

      await inRequest(async em => sendPerson(await ann(em)));

      const stored = await t.fork().findOneOrFail(Person, { name: 'Ann' }, { populate: ['friends'] });
      expect(valueOf(stored)).not.toEqual(before);
    });
  });

  it('is written where the entity has another EntityManager than the receiver', async () => {
    on(({ person }) => void (person!.name = 'Anna'));

    await send({ person: await ann(t.fork()) });

    expect(await t.fork().count(Person, { name: 'Anna' })).toBe(1);
  });

  it('is written in the transaction of the sender, and gone with it', async () => {
    on(({ person }) => void (person!.name = 'Anna'));

    await t.fork().transactional(async em => send({ person: await ann(em) }));
    expect(await t.fork().count(Person, { name: 'Anna' })).toBe(1);

    const refused = t.fork().transactional(async em => {
      const person = await em.findOneOrFail(Person, { name: 'Bob' });
      await send({ person });
      throw new Error('rolled back');
    });
    await expect(refused).rejects.toThrow('rolled back');
    expect(await t.fork().count(Person, { name: 'Anna' })).toBe(1);
  });

  it('leaves alone what the sender has changed and not flushed, as long as no receiver changes anything', async () => {
    on(
      ({ person }) => person!.name,
      async () => void (await logs.count()),
    );

    await inRequest(async em => {
      const person = await ann(em);
      person.name = 'Anna';
      em.create(Log, { line: 'half' });
      await t.fork().count(Log);
      em.setFlushMode('commit');
      await send({ person });
      expect(await lines()).toEqual([]);
      await em.flush();
    });

    expect(await lines()).toEqual(['half']);
  });
});

describe('A receiver of an auth signal', () => {
  it.each([
    ['without a context', (call: () => Promise<unknown>) => call()],
    ['in a request', (call: () => Promise<unknown>) => inRequest(call)],
  ])('writes the time of the login, and a line of its own, %s', async (_where, within) => {
    connections.push(
      t.app.get(UserLoggedIn).connect(({ user }) => {
        (user as Person).seenAt = new Date(0);
        logs.write('in');
      }),
      t.app.get(UserLoggedOut).connect(() => logs.write('out')),
    );

    await within(async () => {
      const user = await ann(t.orm.em.getContext(false).global ? t.fork() : t.orm.em.getContext());
      const request = {};
      await t.app.get(AuthSignals).loggedIn(request, user);
      await t.app.get(AuthSignals).loggedOut(request, user);
    });

    expect(await t.fork().findOneOrFail(Person, { name: 'Ann' })).toMatchObject({ seenAt: new Date(0) });
    expect(await lines()).toEqual(['in', 'out']);
  });
});

describe('Nothing is flushed', () => {
  it('twice: what a receiver has flushed itself is written once, and what it leaves after that, too', async () => {
    on(async (_payload, { em }) => {
      logs.write('flushed');
      await em!.flush();
      logs.write('left');
    });

    await inRequest(async em => {
      em.create(Log, { line: 'of the sender' });
      await send();
    });

    expect((await lines()).sort()).toEqual(['flushed', 'left', 'of the sender']);
  });

  it('by a synchronous send: it is left to the caller', async () => {
    on(() => logs.write('one'));

    await inRequest(async em => {
      t.app.get(Happened).sendSync(null, {});
      expect(await lines()).toEqual([]);
      await em.flush();
    });

    expect(await lines()).toEqual(['one']);
  });

  it('by a send from a hook of a flush: it is part of that flush', async () => {
    on(() => logs.write('of the hook'));
    const orm = t.orm;
    let hasSent = false;
    orm.em.getEventManager().registerSubscriber({
      beforeFlush: async () => {
        if (hasSent) return;
        hasSent = true;
        await send();
      },
    });

    await inRequest(async em => {
      em.create(Log, { line: 'of the sender' });
      await em.flush();
    });

    expect((await lines()).sort()).toEqual(['of the hook', 'of the sender']);
  });
});
