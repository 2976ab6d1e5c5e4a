import { MikroORM, type Options } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Provider, Type } from '@nestjs/common';
import {
  durable,
  type Message,
  OnSignal,
  type PayloadOf,
  SignalsModule,
  type SignalsModuleOptions,
} from 'nestjs-signals';
import { DurableSignals, pgBoss, type PgBossOptions } from 'nestjs-signals/pg-boss';
import { RowChanged, type RowChangedPayload, rowTriggers } from 'nestjs-signals/rows';
import { compileApp } from '../support/app.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';

export const CONFIG: Partial<Options> = {
  discovery: { afterDiscovered: rowTriggers() },
  schemaGenerator: { ignoreSchema: ['signals'] },
};

export interface RowsAppOptions {
  readonly entities: unknown;
  readonly providers?: Provider[];
  readonly config?: Partial<Options>;
  readonly options?: PgBossOptions;
  /** Further options of `SignalsModule.forRoot()`. */
  readonly signals?: SignalsModuleOptions;
  /** The URL of a database that another application has made. Default: a database of its own. */
  readonly clientUrl?: string;
}

/** An application on PostgreSQL whose triggers, and those of its receivers, may be at work. */
export async function startRowsApp({ entities, providers = [], config, options, signals, clientUrl }: RowsAppOptions) {
  const database = clientUrl === undefined ? await createTestDatabase() : undefined;
  const url = clientUrl ?? database!.url;
  const orms = { driver: PostgreSqlDriver, clientUrl: url, entities, ...CONFIG, ...config } as Options;
  const imports = [
    MikroOrmModule.forRoot(orms),
    SignalsModule.forRoot({ durable: pgBoss({ rows: true, ...options }), ...signals }),
  ];
  const app = await compileApp({ imports, providers });
  const orm = app.get<MikroORM>(MikroORM);
  const stop = async () => {
    await app.close();
    await database?.drop();
  };
  try {
    if (database) await orm.schema.create();
    await app.init();
  } catch (error) {
    await stop();
    throw error;
  }
  const connection = orm.em.getConnection() as unknown as { execute(sql: string): Promise<Record<string, unknown>[]> };
  return {
    app,
    orm,
    url,
    durable: app.get(DurableSignals),
    fork: () => orm.em.fork(),
    sql: (text: string) => connection.execute(text),
    [Symbol.asyncDispose]: stop,
  };
}

/** A provider with a durable receiver of `RowChanged` on these terms. */
export function receiverOn(
  terms: object,
  receive: (change: PayloadOf<RowChanged>, message: Message) => unknown = () => {},
): Type {
  class Receiver {
    receive(change: PayloadOf<RowChanged>, message: Message) {
      return receive(change, message);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Receiver.prototype, 'receive')!;
  OnSignal(RowChanged, terms as { uid: string })(Receiver.prototype, 'receive', descriptor);
  return Receiver;
}

/** An application that keeps the changes of rows that its receiver was called with, in the order in which they were sent. */
export async function startRows(sender: unknown, { providers = [], ...metadata }: RowsAppOptions) {
  const received: RowChangedPayload[] = [];
  const terms = { sender, uid: 'rows', batch: true, delivery: durable({ concurrency: 1, batch: 500 }) };
  const receiver = receiverOn(terms, changes => received.push(...[changes].flat()));
  const t = await startRowsApp({ ...metadata, providers: [receiver, ...providers] });
  return Object.assign(t, {
    received,
    /** Resolves when this many changes have been received, and returns them; the list is empty then. */
    next: async (count: number) => {
      await eventually(() => received.length >= count);
      return received.splice(0);
    },
  });
}
