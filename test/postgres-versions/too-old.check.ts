import { MikroORM } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SignalsModule } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';
import { compileApp } from '../support/app.js';
import { quiet } from '../support/quiet.js';
import { OrderSchema, ReceiptSchema } from '../pg-boss/orders.js';

quiet();

it('A server that is too old for durable messages is refused at start, and nothing is made in it', async () => {
  const config = {
    driver: PostgreSqlDriver,
    clientUrl: process.env.SIGNALS_PG_URL,
    entities: [OrderSchema, ReceiptSchema],
  };
  const orms = MikroOrmModule.forRoot(config as never);
  await using app = await compileApp({ imports: [orms, SignalsModule.forRoot({ durable: pgBoss() })] });
  const orm = app.get<MikroORM>(MikroORM);
  await expect(app.init()).rejects.toMatchObject({
    code: 'DELIVERY_NOT_AVAILABLE',
    message: expect.stringMatching(/is PostgreSQL 12[^]*need PostgreSQL 13 or newer/) as string,
  });
  const made = await orm.em.getConnection().execute(`select to_regnamespace('signals') is null as nothing`);
  expect(made).toEqual([{ nothing: true }]);
});
