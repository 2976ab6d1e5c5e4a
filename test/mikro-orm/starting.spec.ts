import { CompiledQuery, type DatabaseConnection } from 'kysely';
import { EntityManager, MikroORM, PrimaryKeyProp } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { jest } from '@jest/globals';
import {
  ConnectionCreated,
  EntityPrepared,
  type Message,
  OnSignal,
  type PayloadOf,
  type SignalError,
} from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const AnimalSchema = defineEntity({
  name: 'Animal',
  abstract: true,
  discriminatorColumn: 'kind',
  properties: { id: p.integer().primary(), kind: p.string() },
});
abstract class Animal extends AnimalSchema.class {}
AnimalSchema.setClass(Animal);

const CatSchema = defineEntity({
  name: 'Cat',
  extends: AnimalSchema,
  discriminatorValue: 'cat',
  properties: {
    lives: p.integer().default(9),
    friends: () => p.manyToMany(Cat),
    homes: () => p.manyToMany(Home).pivotEntity(() => Stay),
  },
});
class Cat extends CatSchema.class {}
CatSchema.setClass(Cat);

const HomeSchema = defineEntity({ name: 'Home', properties: { id: p.integer().primary() } });
class Home extends HomeSchema.class {}
HomeSchema.setClass(Home);

const StaySchema = defineEntity({
  name: 'Stay',
  properties: { cat: () => p.manyToOne(Cat).primary(), home: () => p.manyToOne(Home).primary() },
});
class Stay extends StaySchema.class {
  declare [PrimaryKeyProp]?: ['cat', 'home'];
}
StaySchema.setClass(Stay);

const entities = [AnimalSchema, CatSchema, HomeSchema, StaySchema];

describe('EntityPrepared', () => {
  it('is sent at start, for each class that has rows', async () => {
    const seen: string[] = [];
    @Injectable()
    class Catalog {
      @OnSignal(EntityPrepared)
      list({ meta, using }: PayloadOf<EntityPrepared>, { sender }: Message) {
        seen.push(`${meta.className} ${using}`);
        expect(sender).toBe(meta.class);
        expect(meta.primaryKeys.length).toBeGreaterThan(0);
      }
    }

    await using _t = await startOrmApp({ entities, providers: [Catalog] });

    expect(seen.sort()).toEqual(['Cat default', 'Home default', 'Stay default']);
  });

  it('is logged when a receiver fails, and the application starts', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    class Catalog {
      @OnSignal(EntityPrepared, { sender: Cat })
      list() {
        throw new Error('no cats');
      }
    }

    await using t = await startOrmApp({ entities, providers: [Catalog] });

    expect(t.app.get(Catalog)).toBeDefined();
    expect(error.mock.calls.map(([text]) => String(text))).toEqual(['Catalog.list failed on EntityPrepared']);
    error.mockRestore();
  });
});

const uses: [string, (message: Message, injected: EntityManager) => unknown][] = [
  ['message.em', ({ em }) => em],
  ['an injected EntityManager', (_message, injected) => injected.create(Home, {})],
  ['a query', (_message, injected) => injected.count(Home)],
];

describe.each([
  ['EntityPrepared', EntityPrepared],
  ['ConnectionCreated', ConnectionCreated],
] as const)('A receiver of %s has no EntityManager', (name, signal) => {
  it.each(uses)('and is refused when it uses one: %s', async (_what, use) => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const codes: unknown[] = [];
    const texts: string[] = [];
    @Injectable()
    class Curious {
      constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

      @OnSignal(signal as typeof EntityPrepared)
      async look(_payload: object, message: Message) {
        try {
          await use(message, this.em);
          codes.push('used');
        } catch (reason) {
          codes.push((reason as SignalError).code);
          texts.push((reason as SignalError).message);
        }
      }
    }
    await using t = await startOrmApp({ entities, providers: [Curious] });
    await t.fork().count(Home);

    expect(new Set(codes)).toEqual(new Set(['NO_ENTITY_MANAGER']));
    expect(texts[0]).toContain(`Curious.look cannot use an EntityManager: receivers of ${name} have none.`);
    error.mockRestore();
  });
});

describe('ConnectionCreated', () => {
  it('is sent for each connection of the pool, before it is used', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Sessions {
      @OnSignal(ConnectionCreated)
      async prepare({ connection, using }: PayloadOf<ConnectionCreated>, { sender }: Message) {
        seen.push([sender instanceof MikroORM, using]);
        await (connection as DatabaseConnection).executeQuery(CompiledQuery.raw("set application_name to 'shop'"));
      }
    }
    await using t = await startOrmApp({ entities, providers: [Sessions], config: { pool: { max: 2 } } });
    const name = () => t.fork().getConnection().execute('select current_setting(?) as name', ['application_name']);

    const names = await Promise.all([name(), name()]);

    expect(names).toEqual([[{ name: 'shop' }], [{ name: 'shop' }]]);
    expect(seen).toEqual([
      [true, 'default'],
      [true, 'default'],
    ]);
  });

  it('leaves the callback of the application in its place, and logs the error of a receiver', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const own = jest.fn<(connection: unknown) => Promise<void>>().mockResolvedValue();
    await using t = await startOrmApp({
      entities,
      config: { onCreateConnection: own, pool: { max: 2 } },
    });
    expect(own).toHaveBeenCalled();
    t.app.get(ConnectionCreated).connect(() => Promise.reject(new Error('closed for today')), { uid: 'gate' });
    const busy = t.fork();
    await busy.begin();

    expect(await t.fork().count(Home)).toBe(0);

    await busy.rollback();
    expect(error.mock.calls.map(([text]) => String(text))).toEqual(['gate failed on ConnectionCreated']);
    error.mockRestore();
  });
});
