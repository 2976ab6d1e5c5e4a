import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { afterCommit, type Message, OnSignal, type PayloadOf, PostSave, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

/** How often MikroORM called what the entity is made of. */
const calls = { onCreate: 0, onUpdate: 0 };

/** `em.create()` asks for it, and the flush asks again as long as there is no value. */
const AS_WITHOUT = 2;

const PageSchema = defineEntity({
  name: 'Page',
  properties: {
    id: p.integer().primary(),
    title: p.string().nullable(),
    slug: p.string().nullable(),
    made: p
      .string()
      .nullable()
      .onCreate(() => {
        calls.onCreate++;
        return null as never;
      }),
    revision: p
      .integer()
      .default(0)
      .onUpdate(({ revision }: { revision: number }) => {
        calls.onUpdate++;
        return revision + 1;
      }),
    tags: () => p.manyToMany(Tag).owner(),
  },
});
class Page extends PageSchema.class {}
PageSchema.setClass(Page);

const TagSchema = defineEntity({
  name: 'Tag',
  properties: { id: p.integer().primary(), name: p.string().nullable() },
});
class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

const entities = [PageSchema, TagSchema];

@Injectable()
class Receiver {
  act: (instance: object, em: EntityManager) => unknown = () => {};
  readonly lines: string[] = [];

  @OnSignal(PreSave)
  before({ instance, created }: PayloadOf<PreSave>, { em }: Message) {
    this.lines.push(`pre ${instance.constructor.name} ${created}`);
    return this.act(instance, em as EntityManager);
  }

  @OnSignal(PostSave)
  after({ instance, created }: PayloadOf<PostSave>) {
    this.lines.push(`post ${instance.constructor.name} ${created}`);
  }

  @OnSignal(PostSave, { uid: 'later', delivery: afterCommit })
  later({ instance }: PayloadOf<PostSave>) {
    this.lines.push(`later ${instance.constructor.name}`);
  }
}

async function start() {
  const t = await startOrmApp({ entities, providers: [Receiver] });
  Object.assign(calls, { onCreate: 0, onUpdate: 0 });
  return Object.assign(t, { receiver: t.app.get(Receiver) });
}

describe('With a receiver before the SQL', () => {
  it('a new row in which nothing is set has its pair', async () => {
    await using t = await start();
    const em = t.fork();
    em.create(Tag, {});
    await em.flush();

    expect(t.receiver.lines).toEqual(['pre Tag true', 'post Tag true', 'later Tag']);
  });

  it.each([
    ['changes it', (page: Page) => void (page.slug = `slug ${page.title}`)],
    ['changes and persists it', (page: Page, em: EntityManager) => em.persist(Object.assign(page, { slug: 'a' }))],
    ['adds to its collection', (page: Page, em: EntityManager) => void page.tags.add(em.create(Tag, {}))],
    ['persists another', (_page: Page, em: EntityManager) => void em.create(Tag, {})],
  ])('that %s, the initialisers and `onUpdate` of a row run once', async (_what, act) => {
    await using t = await start();
    const em = t.fork();
    t.receiver.act = (instance, inner) => (instance instanceof Page ? void act(instance, inner) : undefined);
    const page = em.create(Page, { title: 'one' });
    await em.flush();
    expect(calls).toEqual({ onCreate: AS_WITHOUT, onUpdate: 0 });

    page.title = 'two';
    await em.flush();
    expect(calls).toEqual({ onCreate: AS_WITHOUT, onUpdate: 1 });
    expect(page.revision).toBe(1);
    expect((await t.fork().findOneOrFail(Page, { id: 1 })).revision).toBe(1);
  });

  it('that persists a row of its own, the initialisers and `onUpdate` of that row run once', async () => {
    await using t = await start();
    const em = t.fork();
    const page = em.create(Page, { title: 'one' });
    await em.flush();
    t.receiver.act = instance => {
      if (instance instanceof Tag) em.persist(Object.assign(page, { title: 'two' }));
    };
    em.create(Tag, {});
    await em.flush();

    expect(calls).toEqual({ onCreate: AS_WITHOUT, onUpdate: 1 });
    expect(await t.fork().findOneOrFail(Page, { id: 1 })).toMatchObject({ title: 'two', revision: 1 });
  });

  it.each([
    ['em.clear()', (em: EntityManager) => em.clear()],
    ['clear() of the unit of work', (em: EntityManager) => em.getUnitOfWork().clear()],
  ])('%s is refused, because the flush would write nothing', async (_what, clear) => {
    await using t = await start();
    t.receiver.act = (_instance, em) => clear(em);
    const em = t.fork();
    em.create(Tag, {});

    await expect(em.flush()).rejects.toMatchObject({ code: 'FLUSH_INSIDE_RECEIVER' });
    await expect(em.flush()).resolves.toBeUndefined();
    expect(em.clear()).toBeUndefined();
    expect(await t.fork().count(Tag)).toBe(0);
  });
});
