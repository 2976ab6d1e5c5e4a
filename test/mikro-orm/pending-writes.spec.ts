import { EntityManager, RequestContext } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { AuthSignals, type Message, Signal, SignalsModule, UserLoggedIn, UserLoggedOut } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const PersonSchema = defineEntity({
  name: 'Person',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    seenAt: p.datetime().nullable(),
    tags: p.array().nullable(),
    friends: () => p.manyToMany(Person),
  },
});
class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

const LogSchema = defineEntity({ name: 'Log', properties: { id: p.integer().primary(), line: p.string() } });
class Log extends LogSchema.class {}
LogSchema.setClass(Log);

interface Payload {
  person?: Person;
  people?: Person[];
}

class Happened extends Signal<Payload> {}

/** A service that knows nothing of signals. */
@Injectable()
class Logs {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  write(line: string): void {
    this.em.create(Log, { line });
  }

  count(): Promise<number> {
    return this.em.count(Log);
  }

  current(): EntityManager {
    return this.em.getContext();
  }
}

let t: Awaited<ReturnType<typeof startOrmApp>>;
let logs: Logs;
let connections: Disposable[];

beforeAll(async () => {
  const imports = [SignalsModule.forFeature([Happened])];
  t = await startOrmApp({ entities: [PersonSchema, LogSchema], imports, providers: [Logs] });
  logs = t.app.get(Logs);
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(async () => {
  connections = [];
  await t.orm.schema.clear();
  const em = t.fork();
  em.create(Person, { name: 'Ann', tags: ['a'] });
  em.create(Person, { name: 'Bob' });
  await em.flush();
});
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

type Receive = (payload: Payload, message: Message) => unknown;
const on = (...receivers: Receive[]) =>
  receivers.forEach((receive, at) => {
    connections.push(t.app.get(Happened).connect(receive, { uid: `receiver ${at}` }));
  });
const send = (payload: Payload = {}) => t.app.get(Happened).send(null, payload);
const inRequest = <T>(call: (em: EntityManager) => Promise<T>) =>
  RequestContext.create(t.orm.em, () => call(t.orm.em.getContext()));
const lines = async () => (await t.fork().findAll(Log, { orderBy: { id: 1 } })).map(({ line }) => line);
const ann = (em: EntityManager) => em.findOneOrFail(Person, { name: 'Ann' });

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
