import { EntityManager, EntityRepository } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Connection, type Message, PostDelete, PostSave } from 'nestjs-signals';
import { sharedOrmApp } from '../support/orm.js';
import { FLUSHES, flushed as flush } from './flushes/flushed.js';

const OrderSchema = defineEntity({
  name: 'Order',
  properties: {
    id: p.integer().primary(),
    status: p.string(),
    lines: () => p.oneToMany(Line).mappedBy('order'),
  },
});
class Order extends OrderSchema.class {}
OrderSchema.setClass(Order);

const LineSchema = defineEntity({
  name: 'Line',
  properties: { id: p.integer().primary(), text: p.string(), order: () => p.manyToOne(Order).nullable() },
});
class Line extends LineSchema.class {}
LineSchema.setClass(Line);

const entities = [OrderSchema, LineSchema];

@Injectable()
class Audit {
  constructor(@InjectRepository(Line) private readonly lines: EntityRepository<Line>) {}

  write(text: string) {
    this.lines.getEntityManager().persist(this.lines.create({ text }, { persist: false }));
  }

  em() {
    return this.lines.getEntityManager().getContext();
  }
}

const started = sharedOrmApp({ entities, imports: [MikroOrmModule.forFeature(entities)], providers: [Audit] });
let connection: Connection | undefined;
afterEach(() => connection?.disconnect());

/** The application with one receiver. */
function withReceiver(
  signal: typeof PostSave | typeof PostDelete,
  receive: (order: Order, message: Message, audit: Audit, em: EntityManager) => unknown,
) {
  const t = started();
  const em = t.app.get<EntityManager>(EntityManager);
  connection = t.app
    .get<PostSave>(signal)
    .connect(({ instance }, message) => receive(instance, message, t.app.get(Audit), em), {
      sender: Order,
      uid: 'Receiver.receive',
    });
  return t;
}

type Started = ReturnType<typeof withReceiver>;

async function texts(t: Started): Promise<string[]> {
  return (await t.fork().findAll(Line, { orderBy: { text: 1 } })).map(({ text }) => text);
}

describe.each(FLUSHES)('a receiver after the SQL, in %s', way => {
  const flushed = (t: Started, change: (em: EntityManager) => unknown) => flush(t.fork(), way, change);

  it('has one EntityManager of its own: the message’s, the injected one and its repositories’', async () => {
    const seen: unknown[] = [];
    let flushing: EntityManager | undefined;
    const t = withReceiver(PostSave, (_order, message, audit, em) => {
      seen.push(message.em === em.getContext(), message.em === audit.em(), message.em === flushing);
      seen.push(message.em!.isInTransaction());
    });

    await flushed(t, em => {
      flushing = em;
      em.create(Order, { status: 'new' });
    });

    expect(seen).toEqual([true, true, false, true]);
  });

  it.each<[string, Parameters<typeof withReceiver>[1]]>([
    ['what a service left pending', (_order, _message, audit) => audit.write('written')],
    ['the same of an async receiver', async (_order, _message, audit) => audit.write('written')],
    [
      'what it changed on what it loaded',
      async (_order, { em }) => ((await em!.findOneOrFail(Line, { text: 'old' })).text = 'written'),
    ],
    [
      'what it flushed itself',
      async (_order, { em }) => {
        em!.create(Line, { text: 'written' });
        await em!.flush();
      },
    ],
    ['a direct write', (_order, { em }) => em!.insert(Line, { text: 'written' })],
    [
      'a transaction of its own',
      (_order, { em }) =>
        em!.transactional(async inner => {
          inner.create(Line, { text: 'written' });
        }),
    ],
  ])('has it written in the same transaction: %s', async (_what, receive) => {
    const t = withReceiver(PostSave, receive);
    await t.fork().insert(Line, { text: 'old' });

    await flushed(t, em => em.create(Order, { status: 'new' }));
    expect(await texts(t)).toContain('written');

    await t.fork().nativeDelete(Line, {});
    await t.fork().insert(Line, { text: 'old' });
    const failing = flushed(t, async em => {
      em.create(Order, { status: 'new' });
      t.app.get(PostSave).connect(() => Promise.reject(new Error('refused')), { sender: Order, once: true });
    });
    await expect(failing).rejects.toThrow('refused');
    expect(await texts(t)).toEqual(['old']);
  });

  it('finds what is pending when it asks for it', async () => {
    const found: unknown[] = [];
    const t = withReceiver(PostSave, async (_order, { em }) => {
      em!.create(Line, { text: 'pending' });
      found.push(await em!.count(Line, { text: 'pending' }));
      found.push((await em!.findOne(Line, { text: 'pending' }))?.text);
    });

    await flushed(t, em => em.create(Order, { status: 'new' }));

    expect(found).toEqual([1, 'pending']);
  });

  it('may refer to the instance from new rows', async () => {
    const t = withReceiver(PostSave, (order, { em }) => {
      em!.create(Line, { text: `of ${order.status}`, order });
    });

    await flushed(t, em => em.create(Order, { status: 'new' }));

    expect(await t.fork().findAll(Line, { populate: ['order'] })).toMatchObject([
      { text: 'of new', order: { status: 'new' } },
    ]);
  });

  it.each<[string, (order: Order, em: EntityManager) => unknown]>([
    ['persist', (order, em) => em.persist(order)],
    ['remove', (order, em) => em.remove(order)],
    ['persist in a list', (order, em) => em.persist([em.create(Line, { text: 'x' }, { persist: false }), order])],
    [
      'persist in a transaction of its own',
      (order, em) =>
        em.transactional(async inner => {
          inner.persist(order);
        }),
    ],
    ['remove in a fork', (order, em) => em.fork({ keepTransactionContext: true }).remove(order).flush()],
  ])('cannot write the instance: %s', async (_how, write) => {
    const t = withReceiver(PostSave, (order, { em }) => write(order, em!));

    const flushing = flushed(t, em => em.create(Order, { status: 'new' }));

    await expect(flushing).rejects.toMatchObject({ code: 'FOREIGN_INSTANCE' });
    await expect(flushing).rejects.toThrow(/^\w+\.\w+ \(PostSave\) cannot (persist|remove) this Order/);
    await expect(flushing).rejects.toThrow(/PreSave[^]*em\.findOneOrFail\(Order/);
    expect(await t.fork().count(Order)).toBe(0);
  });

  it('may load the row again and change it, and the sender flushes on with what it has', async () => {
    const t = withReceiver(PostSave, async (order, { em }) => {
      const own = await em!.findOneOrFail(Order, order.id);
      if (own.status === 'new') own.status = 'seen';
    });

    await flushed(t, em => em.create(Order, { status: 'new' }));

    expect(await t.fork().findAll(Order)).toMatchObject([{ status: 'seen' }]);
  });

  it('leaves a change to the instance to the next flush of the sender', async () => {
    const t = withReceiver(PostSave, order => {
      if (order.status === 'new') order.status = 'changed';
    });

    const em = await flushed(t, inner => inner.create(Order, { status: 'new' }));
    expect(await t.fork().findAll(Order)).toMatchObject([{ status: 'new' }]);

    await em.flush();
    expect(await t.fork().findAll(Order)).toMatchObject([{ status: 'changed' }]);
  });

  it('runs in the same way after a delete', async () => {
    const t = withReceiver(PostDelete, (order, _message, audit) => audit.write(`${order.status} is gone`));
    await t.fork().insert(Order, { status: 'old' });

    await flushed(t, async em => em.remove(await em.findOneOrFail(Order, { status: 'old' })));

    expect(await texts(t)).toEqual(['old is gone']);
  });

  it('is called again by what it writes, up to the limit, and the error shows the chain', async () => {
    const t = withReceiver(PostSave, (_order, { em }) => em!.create(Order, { status: 'again' }) && undefined);

    const flushing = flushed(t, em => em.create(Order, { status: 'new' }));

    await expect(flushing).rejects.toMatchObject({ code: 'RECURSION_LIMIT' });
    await expect(flushing).rejects.toThrow(/PostSave > PostSave/);
    expect(await t.fork().count(Order)).toBe(0);
  });
});

describe('receivers of concurrent flushes', () => {
  it('have each the EntityManager of their own flush', async () => {
    const inTransaction = new Set<unknown>();
    const t = withReceiver(PostSave, async (order, { em }, audit) => {
      inTransaction.add(em!.getTransactionContext());
      audit.write(order.status);
      await em!.flush();
      expect(audit.em()).toBe(em);
    });

    await Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        const em = t.fork();
        em.create(Order, { status: String(at) });
        await em.flush();
      }),
    );

    expect(inTransaction.size).toBe(8);
    expect(await texts(t)).toEqual(Array.from({ length: 8 }, (_, at) => String(at)));
  });
});
