import { type EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { jest } from '@jest/globals';
import { Injectable, Logger, Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ConnectionCreated,
  EntityPrepared,
  M2mChanged,
  type Message,
  OnSignal,
  PostSave,
  PreSave,
  Signal,
  SignalsModule,
  through,
} from 'nestjs-signals';
import { createTestDatabase } from '../support/database.js';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

const BookSchema = defineEntity({
  name: 'Book',
  properties: { id: p.integer().primary(), title: p.string(), sequels: () => p.manyToMany(Book) },
});
class Book extends BookSchema.class {}
BookSchema.setClass(Book);

class NotAnEntity {}
class Noted extends Signal<object> {}

function broken(signal: Type<object>, options: object): Type {
  @Injectable()
  class Audit {
    @OnSignal(signal as never, options as never)
    receive() {}
  }
  return Audit;
}

const missing = undefined as unknown as typeof Book;

const MISTAKES: [code: string, signal: Type<object>, options: object][] = [
  ['SENDER_UNDEFINED', PostSave, { sender: undefined }],
  ['SENDER_UNDEFINED', PreSave, { sender: [Book, undefined] }],
  ['SENDER_UNDEFINED', M2mChanged, { sender: through(missing, 'sequels' as never) }],
  ['SENDER_UNDEFINED', ConnectionCreated, { sender: undefined }],
  ['SENDER_NOT_AN_ENTITY', PostSave, { sender: NotAnEntity }],
  ['UNKNOWN_OPTION', PostSave, { sender: [] }],
  ['UNKNOWN_OPTION', Noted, { sendr: Book }],
  ['UNKNOWN_OPTION', EntityPrepared, { uid: 7 }],
  ['UNKNOWN_FIELD', PreSave, { sender: Book, fields: ['titel'] }],
  ['RECEIVER_ORDER_UNKNOWN', ConnectionCreated, { after: 'Missing.receive' }],
  ['RECEIVER_ORDER_UNKNOWN', PreSave, { after: 'Missing.receive' }],
];

const DRIVERS = [
  { name: 'PostgreSQL', config: { driver: PostgreSqlDriver } },
  { name: 'SQLite', config: SQLITE },
];

/** An application as `main.ts` makes it. */
async function create(config: object, clientUrl: string, ...providers: Provider[]) {
  const root = MikroOrmModule.forRoot({ clientUrl, entities: [BookSchema], ...config } as never);
  @Module({ imports: [root, SignalsModule.forRoot()], providers: [Noted, ...providers] })
  class AppModule {}
  return NestFactory.create(AppModule, { logger: false, abortOnError: false });
}

/** Uses the database in every way that sends a signal. */
async function use(em: EntityManager): Promise<void> {
  await em.transactional(async inner => {
    const book = inner.create(Book, { title: 'early' });
    inner.create(Book, { title: 'first' }).sequels.add(book);
  });
  await em.fork().upsert(Book, { id: 1, title: 'again' });
  await em.fork().nativeUpdate(Book, { id: 1 }, { title: 'once more' });
  expect(await em.fork().count(Book)).toBe(2);
}

describe.each(DRIVERS)('On $name, an application whose database is used before init()', ({ config }) => {
  it.each(MISTAKES)('is refused at the start, and closes: %s, %p, %p', async (code, signal, options) => {
    const database = await createTestDatabase();
    const app = await create(config, database.url, broken(signal, options));
    const orm = app.get<MikroORM>(MikroORM);
    await orm.schema.create();

    await use(orm.em.fork());

    await expect(app.init()).rejects.toMatchObject({ code });
    await app.close();
    await database.drop();
  });

  it('is refused where a provider uses it while the application is built', async () => {
    const database = await createTestDatabase();
    const seeds = {
      provide: 'seeds',
      inject: [MikroORM],
      useFactory: async (orm: MikroORM) => {
        await orm.schema.create();
        await use(orm.em.fork());
      },
    };
    const app = await create(config, database.url, broken(PostSave, { sender: undefined }), seeds);

    await expect(app.init()).rejects.toMatchObject({ code: 'SENDER_UNDEFINED' });
    await app.close();
    await database.drop();
  });

  it('starts without a mistake, and has called its receivers', async () => {
    const database = await createTestDatabase();
    const received: unknown[] = [];
    @Injectable()
    class Audit {
      @OnSignal(ConnectionCreated)
      connected() {
        received.push('connection');
      }
      @OnSignal(PostSave, { sender: Book })
      saved({ created }: { created: boolean }, { sender }: Message) {
        received.push([sender, created]);
      }
    }
    const app = await create(config, database.url, Audit);
    const orm = app.get<MikroORM>(MikroORM);
    await orm.schema.create();

    await use(orm.em.fork());

    await app.init();
    expect(received).toEqual(expect.arrayContaining(['connection', [Book, true]]));
    await app.close();
    await database.drop();
  });
});

describe('EntityPrepared of an application that does not start', () => {
  it('is not logged: the error of the start is reported once, by the start', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const started = startOrmApp({
      entities: [BookSchema, defineEntity({ name: 'Shelf', properties: { id: p.integer().primary() } })],
      providers: [broken(PostSave, { sender: Book, fields: ['titel'] })],
    });

    await expect(started).rejects.toMatchObject({ code: 'UNKNOWN_FIELD' });
    await new Promise(resolve => setImmediate(resolve));
    expect(error.mock.calls.map(([text]) => String(text))).toEqual([]);
    error.mockRestore();
  });
});

describe('ConnectionCreated that cannot be sent', () => {
  const logged = () => jest.spyOn(Logger.prototype, 'error').mockReturnValue();

  it('is logged, and the connection is used: receivers that name one which is gone', async () => {
    await using t = await startOrmApp({ entities: [BookSchema], config: { pool: { max: 2 } } });
    const error = logged();
    t.app.get(ConnectionCreated).connect(() => {}, { uid: 'late', after: 'Missing.receive' });
    const busy = t.fork();
    await busy.begin();

    expect(await t.fork().count(Book)).toBe(0);

    await busy.rollback();
    expect(error.mock.calls.map(([text]) => String(text))).toEqual(['ConnectionCreated could not be sent']);
    error.mockRestore();
  });

  it('is logged, and the connection is used: receivers that would need one connection after another', async () => {
    await using t = await startOrmApp({ entities: [BookSchema], config: { pool: { max: 9 } } });
    const error = logged();
    t.app.get(ConnectionCreated).connect(async () => void (await t.fork().count(Book)), { uid: 'greedy' });
    const busy = t.fork();
    await busy.begin();

    expect(await t.fork().count(Book)).toBe(0);

    await busy.rollback();
    expect(error.mock.calls.map(([text]) => String(text))).toEqual(['greedy failed on ConnectionCreated']);
    error.mockRestore();
  });
});
