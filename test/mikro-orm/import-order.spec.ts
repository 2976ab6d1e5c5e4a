import { EntityManager, MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import pg from 'pg';
import { type Message, OnSignal, PostSave, Signal, SignalsModule } from 'nestjs-signals';
import { compileApp } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';

const ItemSchema = defineEntity({ name: 'Item', properties: { id: p.integer().primary(), name: p.string() } });
class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

class Closing extends Signal<{ opened: Promise<void> }> {}

@Injectable()
class Receivers implements OnModuleInit {
  readonly received: string[] = [];

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(MikroORM) private readonly orm: MikroORM,
  ) {}

  async onModuleInit() {
    await this.orm.schema.create();
    await this.save('at start');
  }

  @OnSignal(PostSave, { sender: Item })
  onSave({ instance }: { instance: Item }, { em }: Message) {
    this.received.push(`${instance.name}, ${em?.isInTransaction()}`);
  }

  @OnSignal(Closing)
  async onClosing({ opened }: { opened: Promise<void> }) {
    await opened;
    await this.save('at the end');
  }

  private async save(name: string) {
    const em = this.em.fork();
    em.create(Item, { name });
    await em.flush();
  }
}

describe.each(['MikroOrmModule', 'SignalsModule'])('An application that imports %s first', first => {
  it('sends signals about the flushes of its start, and closes MikroORM after the last receiver', async () => {
    const database = await createTestDatabase();
    const orm = MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl: database.url, entities: [ItemSchema] });
    const signals = SignalsModule.forRoot();
    const app = await compileApp({
      imports: [...(first === 'MikroOrmModule' ? [orm, signals] : [signals, orm]), SignalsModule.forFeature([Closing])],
      providers: [Receivers],
    });
    await app.init();
    const opened = Promise.withResolvers<void>();
    const sent = app.get(Closing).send(null, { opened: opened.promise });

    const closing = app.close();
    setImmediate(opened.resolve);
    await Promise.all([sent, closing]);

    expect(app.get(Receivers).received).toEqual(['at start, true', 'at the end, true']);
    await using client = Object.assign(new pg.Client(database.url), {
      async [Symbol.asyncDispose]() {
        await client.end();
        await database.drop();
      },
    });
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select name from item order by id');
    expect(rows.map(({ name }) => name)).toEqual(['at start', 'at the end']);
  });
});
