import { Connection, MikroORM } from '@mikro-orm/core';
import { type INestApplicationContext, Injectable, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  afterCommit,
  ConnectionCreated,
  type Delivery,
  EntityPrepared,
  inline,
  M2mChanged,
  OnSignal,
  PostDelete,
  PostInit,
  PostLoad,
  PostMigrate,
  PostSave,
  PostUpsert,
  PreDelete,
  PreMigrate,
  PreSave,
  PreUpsert,
  type Signal,
  SignalsModule,
} from 'nestjs-signals';

// Runs before each file of the suite: whatever MikroORM it makes belongs to a Nest application with receivers of all
// model signals. They do nothing but read what they are given.

type AnySignal = typeof Signal<object>;

const EVERY_MOMENT = [PostLoad, PreSave, PostSave, PreDelete, PostDelete, M2mChanged, PreUpsert, PostUpsert];
const SYNCHRONOUS = [PostInit];
const OF_STARTING = [PreMigrate, PostMigrate, ConnectionCreated, EntityPrepared];

function read(payload: object): void {
  const { changes, original } = payload as { changes?: object; original?: object };
  for (const values of [changes, original]) for (const value of Object.values(values ?? {})) void value;
}

function receiverOf(signals: readonly unknown[], delivery: Delivery): Provider {
  @Injectable()
  class Reader {
    read(payload: object): void {
      read(payload);
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Reader.prototype, 'read') as PropertyDescriptor;
  OnSignal(signals as AnySignal[], { delivery })(Reader.prototype, 'read', descriptor as never);
  return Reader;
}

async function applicationOf(orm: MikroORM): Promise<INestApplicationContext> {
  @Module({
    imports: [SignalsModule.forRoot()],
    providers: [
      { provide: MikroORM, useFactory: () => orm },
      receiverOf([...EVERY_MOMENT, ...SYNCHRONOUS, ...OF_STARTING], inline),
      receiverOf(EVERY_MOMENT, afterCommit),
    ],
  })
  class Application {}
  return NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false });
}

const applications = new WeakMap<MikroORM, Promise<INestApplicationContext>>();
const unattached = new WeakMap<Connection, MikroORM>();

/** Attaches an application, once. */
async function attach(orm: MikroORM): Promise<void> {
  let application = applications.get(orm);
  if (!application) applications.set(orm, (application = applicationOf(orm)));
  await application;
}

/** The methods of the class MikroORM that every instance runs through; one of them is private. */
interface Watched {
  init: (options: object) => Promise<MikroORM>;
  readonly prototype: { createEntityManager: () => void; close: (force?: boolean) => Promise<void> };
}

function watch(watched: Watched): void {
  const { init, prototype } = watched;
  const { close, createEntityManager } = prototype;

  watched.init = async function (options) {
    const orm: MikroORM = await Reflect.apply(init, this, [options]);
    await attach(orm);
    return orm;
  };
  // One that is made with `new` cannot be attached before it connects.
  prototype.createEntityManager = function (this: MikroORM) {
    Reflect.apply(createEntityManager, this, []);
    unattached.set(this.driver.getConnection(), this);
  };
  prototype.close = async function (this: MikroORM, force) {
    await (await applications.get(this))?.close();
    await Reflect.apply(close, this, [force]);
  };
}

function watchConnections(prototype: { ensureConnection: () => Promise<void> }): void {
  const connect = prototype.ensureConnection;
  // A further promise for each query would change the order of those that run at once.
  prototype.ensureConnection = function (this: Connection) {
    const orm = unattached.get(this);
    unattached.delete(this);
    const own = () => Reflect.apply(connect, this, []);
    return orm ? attach(orm).then(own) : own();
  };
}

/** The library's own statements: before COMMIT for receivers after it, and around an upsert for `created`. */
const OWN_STATEMENT = /pg_current_xact_id_if_assigned|select 1 as found|select xmax = 0 as created/;

/** Many tests count what is logged. */
function hideOwnStatements(prototype: { logQuery: (query: string, context?: object) => void }): void {
  const { logQuery } = prototype;
  prototype.logQuery = function (this: Connection, query, context) {
    if (!OWN_STATEMENT.test(query)) Reflect.apply(logQuery, this, [query, context]);
  };
}

// The suite evaluates this module again for each file, and MikroORM once.
const WATCHED = Symbol.for('nestjs-signals:mikro-orm-suite');
if (!(WATCHED in MikroORM)) {
  Object.assign(MikroORM, { [WATCHED]: true });
  watch(MikroORM as unknown as Watched);
  watchConnections(Connection.prototype);
  hideOwnStatements(Connection.prototype as never);
}
