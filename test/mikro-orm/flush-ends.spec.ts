import { DeferMode, type EntityManager, type Ref, ref } from '@mikro-orm/core';
import { defineEntity, p, PostgreSqlDriver, raw } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

/** A key that the database makes, and no relation of its own. */
const TargetSchema = defineEntity({ name: 'Target', properties: { id: p.integer().primary(), name: p.string() } });
class Target extends TargetSchema.class {}
TargetSchema.setClass(Target);

const OtherSchema = defineEntity({ name: 'Other', properties: { id: p.integer().primary(), name: p.string() } });
class Other extends OtherSchema.class {}
OtherSchema.setClass(Other);

const ArrowSchema = defineEntity({
  name: 'Arrow',
  properties: {
    id: p.integer().primary(),
    plain: () => p.manyToOne(Target).nullable(),
    wrapped: () => p.manyToOne(Target).ref().nullable(),
    owned: () => p.oneToOne(Target).owner().nullable(),
    either: () => p.manyToOne([Target, Other]).nullable(),
    tags: p.array().nullable(),
    bytes: p.blob().nullable(),
    json: p.json<object>().nullable(),
  },
});
class Arrow extends ArrowSchema.class {}
ArrowSchema.setClass(Arrow);

const LinkSchema = defineEntity({
  name: 'Link',
  properties: {
    id: p.integer().primary(),
    next: () => p.manyToOne(Link).nullable().deferMode(DeferMode.INITIALLY_DEFERRED),
  },
});
class Link extends LinkSchema.class {}
LinkSchema.setClass(Link);

const ParentSchema = defineEntity({
  name: 'Parent',
  properties: { id: p.integer().primary(), children: () => p.oneToMany(Child).mappedBy('parent') },
});
class Parent extends ParentSchema.class {}
ParentSchema.setClass(Parent);

const ChildSchema = defineEntity({
  name: 'Child',
  properties: { id: p.integer().primary(), parent: () => p.manyToOne(Parent) },
});
class Child extends ChildSchema.class {}
ChildSchema.setClass(Child);

const entities = [TargetSchema, OtherSchema, ArrowSchema, LinkSchema, ParentSchema, ChildSchema];
const DATABASES = [
  { name: 'SQLite', config: SQLITE as object },
  { name: 'PostgreSQL', config: { driver: PostgreSqlDriver } as object },
];

/** Receives everything before the SQL, and does what a test wants. */
@Injectable()
class Receiver {
  act: (instance: object, em: EntityManager) => void = () => {};
  created: string[] = [];

  @OnSignal([PreSave, PreDelete])
  receive({ instance }: { instance: object }, { em }: { em?: object }) {
    this.act(instance, em as EntityManager);
  }

  @OnSignal(PostSave)
  saved({ instance, created }: PayloadOf<PostSave>) {
    if (created) this.created.push(instance.constructor.name);
  }
}

describe.each(DATABASES)('On $name, with a receiver of every row, a flush ends', ({ config }) => {
  const start = () => startOrmApp({ entities, providers: [Receiver], config });
  const target = (em: EntityManager) => em.create(Target, { name: 'new' });

  it.each([
    ['a reference', (em: EntityManager) => ({ plain: target(em) })],
    ['a wrapped reference', (em: EntityManager) => ({ wrapped: ref(target(em)) as Ref<Target> })],
    ['a one-to-one', (em: EntityManager) => ({ owned: target(em) })],
    ['a reference to one of several classes', (em: EntityManager) => ({ either: target(em) })],
  ])('when a new row and one that exists get %s to a new one', async (_what, values) => {
    await using t = await start();
    const em = t.fork();
    em.create(Arrow, values(em));
    const known = em.create(Arrow, {});
    await em.flush();
    em.assign(known, values(em) as never);
    await em.flush();

    const found = await t.fork().find(Arrow, {}, { orderBy: { id: 1 } });
    const [name] = Object.keys(values(t.fork()));
    expect(found.map(arrow => arrow[name as 'plain']?.id)).toEqual([1, 2]);
    expect(t.app.get(Receiver).created.toSorted()).toEqual(['Arrow', 'Arrow', 'Target', 'Target']);
  });

  it('when it deletes a row and a new one refers to a new one', async () => {
    await using t = await start();
    const em = t.fork();
    const gone = em.create(Other, { name: 'gone' });
    await em.flush();
    em.remove(gone);
    em.create(Arrow, { plain: target(em) });
    await em.flush();

    expect(await t.fork().count(Other)).toBe(0);
    expect((await t.fork().findOneOrFail(Arrow, { id: 1 })).plain?.id).toBe(1);
  });

  it('when a property is given a fragment of SQL, whatever its type', async () => {
    await using t = await start();
    const em = t.fork();
    const arrow = em.create(Arrow, { tags: ['a'], json: { a: 1 } });
    await em.flush();
    Object.assign(arrow, { tags: raw('null'), bytes: raw('null'), json: raw('null') });
    await em.flush();

    expect(await t.fork().findOneOrFail(Arrow, { id: 1 })).toMatchObject({ tags: null, bytes: null, json: null });
  });

  it('when a receiver changes a reference from one new row to another of its class', async () => {
    await using t = await start();
    const em = t.fork();
    em.create(Arrow, { plain: target(em), either: target(em) });
    t.app.get(Receiver).act = (instance, inner) => {
      if (!(instance instanceof Arrow) || instance.plain?.name !== 'new') return;
      instance.plain = inner.create(Target, { name: 'by a receiver' });
      instance.either = instance.plain;
    };
    await em.flush();

    const { plain, either } = await t.fork().findOneOrFail(Arrow, { id: 1 }, { populate: ['plain', 'either'] });
    expect([plain?.name, either?.name]).toEqual(['by a receiver', 'by a receiver']);
  });

  it('with an error, when receivers go on adding rows', async () => {
    await using t = await start();
    const em = t.fork();
    t.app.get(Receiver).act = (instance, inner) => {
      if (instance instanceof Target) inner.create(Target, { name: 'again' });
    };
    target(em);

    await expect(em.flush()).rejects.toMatchObject({
      code: 'RECURSION_LIMIT',
      message: expect.stringContaining('Receivers have changed rows of Target in 32 rounds of one flush'),
    });
    expect(await t.fork().count(Target)).toBe(0);
  });
});

describe('With a receiver of every row, a flush', () => {
  const start = () => startOrmApp({ entities, providers: [Receiver], config: SQLITE as never });

  // 0.1.0 took 45 s for it.
  it('of one new parent with 4,000 new children takes the time that its rows take', async () => {
    await using t = await start();
    const em = t.fork();
    const parent = em.create(Parent, {});
    for (let at = 0; at < 4_000; at++) em.create(Child, { parent });
    await em.flush();

    expect(await t.fork().count(Child)).toBe(4_000);
  }, 60_000);

  it('of a chain of 20,000 new rows ends', async () => {
    await using t = await start();
    const em = t.fork();
    const links = Array.from({ length: 20_000 }, (_, at) => em.create(Link, { id: at + 1 }));
    for (const [at, link] of links.entries()) link.next = links[at - 1];
    await em.flush();

    expect(await t.fork().count(Link, { next: { $ne: null } })).toBe(19_999);
  }, 60_000);
});
