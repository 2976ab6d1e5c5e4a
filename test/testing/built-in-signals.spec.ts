import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Controller, Get } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  ConnectionCreated,
  M2mChanged,
  PostLoad,
  PostSave,
  PreBulkWrite,
  PreSave,
  RequestFinished,
  RequestStarted,
  SignalsModule,
  through,
} from 'nestjs-signals';
import { recordSignals, settled } from 'nestjs-signals/testing';
import { compileApp, startApp } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';
import { entities, Item, Tag } from '../mikro-orm/saving/tagged-items.js';
import { startOrmApp } from '../support/orm.js';

describe('Model signals', () => {
  it('are recorded although they have no receiver, and are not sent any more afterwards', async () => {
    await using shop = await startOrmApp({ entities });
    const em = shop.fork();
    using sent = recordSignals(shop.app, PreSave, PostSave, M2mChanged);

    const chair = em.create(Item, { name: 'chair', tags: [em.create(Tag, { name: 'wooden' })] });
    await em.flush();
    expect(sent.of(PostSave, Item)).toMatchObject([{ sender: Item, payload: { instance: chair, created: true } }]);
    expect(sent.first(PostSave, Tag).payload.instance.name).toBe('wooden');
    expect(sent.first(M2mChanged, through(Item, 'tags')).payload.action).toBe('pre_add');
    expect(sent.all.map(({ signal }) => signal)).toEqual([
      ...[PreSave, PreSave, M2mChanged],
      ...[PostSave, PostSave, M2mChanged],
    ]);

    sent.end();
    chair.name = 'stool';
    await em.flush();
    expect(sent.of(PostSave, Item)).toHaveLength(1);
  });

  it('of loading are recorded from the start of the recording on', async () => {
    await using shop = await startOrmApp({ entities });
    const em = shop.fork();
    await em.persist(em.create(Tag, { name: 'wooden' })).flush();
    using sent = recordSignals(shop.app, PostLoad);

    await shop.fork().findAll(Tag);

    expect(sent.first(PostLoad, Tag).payload.instance.name).toBe('wooden');
  });

  it('of connections are recorded', async () => {
    await using shop = await startOrmApp({ entities });
    using sent = recordSignals(shop.app, ConnectionCreated);

    await Promise.all([1, 2].map(() => shop.fork().transactional(em => em.findAll(Tag))));

    expect(sent.first(ConnectionCreated, shop.orm).payload.using).toBe('default');
  });

  it('are recorded in a module that is compiled and not initialised', async () => {
    const database = await createTestDatabase();
    const root = MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl: database.url, entities });
    await using _ = { [Symbol.asyncDispose]: () => database.drop() };
    await using app = await compileApp({ imports: [root, SignalsModule.forRoot()] });
    const orm = app.get<MikroORM>(MikroORM);
    await orm.schema.create();
    using sent = recordSignals(app, PostSave, PostLoad);

    const em = orm.em.fork();
    await em.persist(em.create(Tag, { name: 'wooden' })).flush();
    await orm.em.fork().findAll(Tag);

    expect(sent.all.map(({ signal }) => signal)).toEqual([PostSave, PostLoad]);
  });

  it('that nothing sends are refused', async () => {
    await using without = await startApp({});
    await using shop = await startOrmApp({ entities });

    expect(() => recordSignals(without, PostSave)).toThrow(
      expect.objectContaining({
        code: 'SIGNAL_UNKNOWN',
        message: expect.stringMatching(/^Nothing in this application sends PostSave: it has no MikroORM/),
      }),
    );
    expect(() => recordSignals(shop.app, PreBulkWrite)).toThrow(/withBulkSignals/);
  });
});

describe('Request signals', () => {
  @Controller()
  class Hello {
    @Get()
    hello() {
      return 'hello';
    }
  }

  async function get(options: { http?: boolean }, record: 'before init' | 'later') {
    await using module = await compileApp({ imports: [SignalsModule.forRoot(options)], controllers: [Hello] });
    const app = module.createNestApplication({ logger: false });
    await using _ = { [Symbol.asyncDispose]: () => app.close() };
    using early = record === 'before init' ? recordSignals(app, RequestStarted, RequestFinished) : undefined;
    await app.listen(0, '127.0.0.1');
    using sent = early ?? recordSignals(app, RequestStarted, RequestFinished);
    await fetch(await app.getUrl());
    await settled(app);
    return sent.all.map(({ signal }) => signal);
  }

  it('are recorded from before the start of the application, or with `http: true`', async () => {
    expect(await get({}, 'before init')).toEqual([RequestStarted, RequestFinished]);
    expect(await get({ http: true }, 'later')).toEqual([RequestStarted, RequestFinished]);
  });

  it('that are not watched are refused', async () => {
    const refused = expect.objectContaining({ code: 'SIGNAL_UNKNOWN', message: expect.stringMatching(/http: true/) });
    await expect(get({}, 'later')).rejects.toThrow(refused);

    const module = await Test.createTestingModule({ imports: [SignalsModule.forRoot({ http: false })] }).compile();
    expect(() => recordSignals(module, RequestStarted)).toThrow(/forRoot\(\{ http: false \}\)/);
    await module.close();
  });
});
