import { EntityManager } from '@mikro-orm/core';
import { getEntityManagerToken, getMikroORMToken, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, MikroORM, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostSave, SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { compileApp } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

@Injectable()
class Log {
  readonly lines: string[] = [];

  @OnSignal(PostSave, { sender: Item })
  onSave({ instance, using }: PayloadOf<PostSave, Item>) {
    this.lines.push(`${using} ${instance.name}`);
  }
}

/** Two MikroORMs: the default one and one named `archive`. */
async function start(options?: SignalsModuleOptions, providers: unknown[] = []) {
  const [one, other] = [await createTestDatabase(), await createTestDatabase()];
  const config = { driver: PostgreSqlDriver, entities: [ItemSchema] };
  const app = await compileApp({
    imports: [
      MikroOrmModule.forRoot({ ...config, clientUrl: one.url }),
      MikroOrmModule.forRoot({ ...config, clientUrl: other.url, contextName: 'archive' }),
      SignalsModule.forRoot(options),
    ],
    providers: [Log, ...(providers as [])],
  });
  const close = async () => {
    await app.close();
    await Promise.all([one.drop(), other.drop()]);
  };
  return { app, [Symbol.asyncDispose]: close };
}

async function save(em: EntityManager, name: string) {
  const fork = em.fork();
  fork.create(Item, { name });
  await fork.flush();
}

describe('several MikroORMs', () => {
  it('all send model signals, under their context names', async () => {
    await using t = await start();
    const [orm, archive] = [t.app.get(MikroORM), t.app.get<MikroORM>(getMikroORMToken('archive'))];
    await orm.schema.create();
    await archive.schema.create();
    await t.app.init();

    await save(orm.em, 'chair');
    await save(archive.em, 'old chair');

    expect(t.app.get(Log).lines).toEqual(['default chair', 'archive old chair']);
  });

  it('send none where the option leaves them out', async () => {
    await using t = await start({ mikroOrm: { contexts: ['archive'] } });
    const [orm, archive] = [t.app.get(MikroORM), t.app.get<MikroORM>(getMikroORMToken('archive'))];
    await orm.schema.create();
    await archive.schema.create();
    await t.app.init();

    await save(orm.em, 'chair');
    await save(archive.em, 'old chair');

    expect(t.app.get(Log).lines).toEqual(['archive old chair']);
  });

  it('must exist when they are named', async () => {
    await using t = await start({ mikroOrm: { contexts: ['archives'] } });

    await expect(t.app.init()).rejects.toThrow(/'archives'[^]*contexts/);
  });

  it('keep their own transaction while a receiver of another one runs', async () => {
    @Injectable()
    class Copier {
      readonly inTransaction: boolean[] = [];

      constructor(
        @Inject(EntityManager) private readonly em: EntityManager,
        @Inject(getEntityManagerToken('archive')) private readonly archive: EntityManager,
      ) {}

      @OnSignal(PostSave, { sender: Item })
      onSave({ using }: PayloadOf<PostSave, Item>) {
        if (using === 'archive') this.inTransaction.push(this.em.isInTransaction(), this.archive.isInTransaction());
      }
    }
    await using t = await start({}, [Copier]);
    const [orm, archive] = [t.app.get(MikroORM), t.app.get<MikroORM>(getMikroORMToken('archive'))];
    await archive.schema.create();
    await t.app.init();

    await orm.em.fork().transactional(() => save(archive.em, 'copied'));

    expect(t.app.get(Copier).inTransaction).toEqual([true, true]);
  });

  it('send signals from the first flush on, in the factory of a provider, too', async () => {
    const database = await createTestDatabase();
    @Injectable()
    class Seeder implements OnModuleInit {
      constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

      onModuleInit() {
        return save(this.em, 'from onModuleInit');
      }
    }
    const seeded = {
      provide: 'seeded',
      inject: [MikroORM],
      useFactory: async (orm: MikroORM) => {
        await orm.schema.create();
        await save(orm.em, 'from a factory');
      },
    };
    const app = await compileApp({
      imports: [
        MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl: database.url, entities: [ItemSchema] }),
        SignalsModule.forRoot(),
      ],
      providers: [Seeder, seeded, Log],
    });
    await app.init();
    await app.close();
    await database.drop();

    expect(app.get(Log).lines).toEqual(['default from a factory', 'default from onModuleInit']);
  });
});
