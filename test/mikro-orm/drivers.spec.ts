import type { EntityManager } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import {
  M2mChanged,
  type Message,
  OnSignal,
  type PayloadOf,
  PostDelete,
  PostLoad,
  PostSave,
  PostUpsert,
  PreDelete,
  PreSave,
} from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { pglite } from '../support/pglite.js';
import { SQLITE } from '../support/sqlite.js';
import { Article, Box, Cat, entities, Note, Person, Player, SportsCar, Tag, Team, Thing } from './drivers/entities.js';

/** The work of the receivers of one test, and the signals that are sent. */
@Injectable()
class Log {
  readonly lines: string[] = [];
  before: (instance: object, message: Message) => unknown = () => {};
  after: (instance: object, message: Message) => unknown = () => {};
  last: PayloadOf<PostSave> | undefined;

  @OnSignal(PreSave)
  async preSave({ instance, created }: PayloadOf<PreSave>, message: Message) {
    this.lines.push(`pre_save ${instance.constructor.name} ${created ? 'created' : 'changed'}`);
    await this.before(instance, message);
  }

  @OnSignal(PostSave)
  async postSave(payload: PayloadOf<PostSave>, message: Message) {
    const { instance, updateFields } = payload;
    this.lines.push(
      `post_save ${instance.constructor.name} ${updateFields ? [...updateFields].sort().join() : 'created'}`,
    );
    this.last = payload;
    await this.after(instance, message);
  }

  @OnSignal([PreDelete, PostDelete])
  async remove({ instance }: PayloadOf<PostDelete>, message: Message) {
    const isBefore = message.signal instanceof PreDelete;
    this.lines.push(`${isBefore ? 'pre' : 'post'}_delete ${instance.constructor.name}`);
    if (isBefore) await this.before(instance, message);
  }

  @OnSignal(M2mChanged)
  change({ action, pkSet, exact }: PayloadOf<M2mChanged>) {
    this.lines.push(`${action} ${pkSet?.join() ?? 'all'}${exact ? '' : ' inexact'}`);
  }

  @OnSignal(PostLoad, { sender: Person })
  load({ instance }: PayloadOf<PostLoad, Person>) {
    this.lines.push(`load ${instance.name}`);
  }

  take(): string[] {
    return this.lines.splice(0);
  }
}

const DRIVERS = [
  { name: 'PostgreSQL', config: { driver: PostgreSqlDriver }, tellsCreated: true },
  { name: 'PGlite', config: await pglite(), tellsCreated: true },
  { name: 'SQLite', config: SQLITE, tellsCreated: false },
];

describe.each(DRIVERS)('On $name, a flush', ({ config, tellsCreated }) => {
  let t: Awaited<ReturnType<typeof startOrmApp>>;
  let log: Log;
  let em: EntityManager;

  beforeAll(async () => {
    t = await startOrmApp({ entities, providers: [Log], config: config as object });
    log = t.app.get(Log);
  }, 60_000);

  afterAll(() => t[Symbol.asyncDispose]());

  beforeEach(async () => {
    await t.orm.schema.clear();
    Object.assign(log, { before: () => {}, after: () => {} });
    log.take();
    em = t.fork();
  });

  it('sends new, changed and removed rows in pairs, with values of JavaScript', async () => {
    const born = new Date('2026-01-02T03:04:05Z');
    const person = em.create(Person, { name: 'ann', price: 12n, born, labels: { a: 1 }, address: { city: 'Rome' } });
    await em.flush();
    Object.assign(person, { price: 13n, labels: { a: 2 } });
    person.address!.city = 'Bonn';
    await em.flush();
    em.remove(person);
    await em.flush();

    expect(log.take()).toEqual([
      ...['pre_save Person created', 'post_save Person created'],
      ...['pre_save Person changed', 'post_save Person address,labels,price,version'],
      ...['pre_delete Person', 'post_delete Person'],
    ]);
    expect(log.last!.changes).toMatchObject({
      price: { from: 12n, to: 13n },
      labels: { from: { a: 1 }, to: { a: 2 } },
      address: { from: { city: 'Rome' }, to: { city: 'Bonn' } },
      version: { from: 1, to: 2 },
    });
  });

  it('sends dates and null as they were loaded by another EntityManager', async () => {
    em.create(Person, { name: 'ann', price: 12n });
    await em.flush();
    const other = t.fork();
    const person = await other.findOneOrFail(Person, { name: 'ann' });
    person.born = new Date('2026-01-02T03:04:05Z');
    person.price = null;
    await other.flush();

    expect(log.last!.changes).toMatchObject({ born: { from: null, to: person.born }, price: { from: 12n, to: null } });
    expect(log.take()).toContain('load ann');
  });

  it('writes what a receiver of PreSave changes and adds', async () => {
    log.before = (instance, message) => {
      if (!(instance instanceof SportsCar)) return;
      Object.assign(instance, { brand: 'z', spoiler: 'tiny' });
      message.em!.create(Note, { text: 'added' });
    };
    em.create(SportsCar, { brand: 'a', doors: 2 } as never);
    await em.flush();

    expect(log.take().sort()).toEqual([
      ...[
        'post_save Note created',
        'post_save SportsCar created',
        'pre_save Note created',
        'pre_save SportsCar created',
      ],
    ]);
    expect(await t.fork().findAll(SportsCar)).toMatchObject([{ brand: 'z', doors: 2, spoiler: 'tiny' }]);
    expect(await t.fork().findAll(Note)).toMatchObject([{ text: 'added' }]);
  });

  it('lets a receiver of PostSave write in its transaction, with an EntityManager of its own', async () => {
    log.after = async (instance, message) => {
      if (instance instanceof Cat)
        message.em!.create(Note, { text: `${instance.name} of ${await message.em!.count(Cat)}` });
    };
    em.create(Cat, { name: 'tom' } as never);
    await em.flush();

    expect(await t.fork().findAll(Note)).toMatchObject([{ text: 'tom of 1' }]);
  });

  it.each(['implicit', 'explicit'])('rolls back with the error of a receiver of PostSave: %s', async kind => {
    log.after = async (instance, message) => {
      if (!(instance instanceof Cat)) return;
      message.em!.create(Note, { text: 'gone' });
      await message.em!.flush();
      throw new RangeError('refused');
    };
    const work = async (inner: EntityManager) => {
      inner.create(Cat, { name: 'tom' } as never);
      await inner.flush();
    };

    await expect(kind === 'implicit' ? work(em) : em.transactional(work)).rejects.toThrow('refused');
    expect([await t.fork().count(Cat), await t.fork().count(Note)]).toEqual([0, 0]);
  });

  it('lets a receiver of PreDelete take a delete back', async () => {
    const box = em.create(Box, { label: 'a' });
    em.create(Thing, { name: 'x', box });
    await em.flush();
    log.take();
    log.before = (instance, message) => {
      if (instance instanceof Box) message.em!.persist(Object.assign(instance, { label: 'kept' }));
    };
    em.remove(box);
    await em.flush();

    expect(log.take()).toEqual(['pre_delete Box', 'pre_save Box changed', 'post_save Box label']);
    expect(await t.fork().count(Thing)).toBe(1);
  });

  it('sends orphans, and rows that go with a removed one', async () => {
    const box = em.create(Box, { label: 'a' });
    const thing = em.create(Thing, { name: 'x', box });
    em.create(Thing, { name: 'y', box });
    await em.flush();
    log.take();
    box.things.remove(thing);
    await em.flush();
    em.remove(box);
    await em.flush();

    const lines = ['pre_delete Thing', 'post_delete Thing', 'pre_delete Box', 'pre_delete Thing'];
    expect(log.take().sort()).toEqual([...lines, 'post_delete Box', 'post_delete Thing'].sort());
  });

  it('sends collections by their real difference, from one side', async () => {
    const article = em.create(Article, { title: 'a' });
    const [one, two] = [em.create(Tag, { label: '1' }), em.create(Tag, { label: '2' })];
    await em.flush();
    log.take();
    article.tags.add(one);
    await em.flush();
    article.tags.set([two]);
    await em.flush();
    const other = t.fork();
    (await other.findOneOrFail(Article, article.id)).tags.removeAll();
    await other.flush();

    expect(log.take()).toEqual([
      ...[`pre_add ${one.id}`, `post_add ${one.id}`],
      ...[`pre_remove ${one.id}`, `pre_add ${two.id}`, `post_remove ${one.id}`, `post_add ${two.id}`],
      ...['pre_clear all', 'post_clear all'],
    ]);
  });

  it('sends rows that need each other once each', async () => {
    const team = em.create(Team, { name: 'reds' });
    team.captain = em.create(Player, { name: 'ann', team });
    await em.flush();

    expect(log.take().sort()).toEqual(
      ['Player', 'Team'].flatMap(name => [`post_save ${name} created`, `pre_save ${name} created`]).sort(),
    );
  });

  it('gives a receiver everything in one call', async () => {
    const sizes: number[] = [];
    const postSave = t.app.get<PostSave>(PostSave);
    using _connection = postSave.connect(payloads => sizes.push(payloads.length), { sender: Note, batch: true });
    for (const text of ['a', 'b', 'c']) em.create(Note, { text });
    await em.flush();

    expect(sizes).toEqual([3]);
  });

  it('leaves upserts to their own signals, whose `created` is set if the database can say it', async () => {
    const created: unknown[] = [];
    const postUpsert = t.app.get<PostUpsert>(PostUpsert);
    using _connection = postUpsert.connect(payload => created.push(payload.created), { sender: Note });
    await em.upsert(Note, { id: 1, text: 'a' });
    await em.upsert(Note, { id: 1, text: 'b' });

    expect(created).toEqual(tellsCreated ? [true, false] : [undefined, undefined]);
    expect(log.take()).toEqual([]);
  });
});
