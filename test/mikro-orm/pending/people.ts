import { EntityManager, RequestContext } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inject, Injectable } from '@nestjs/common';
import { type Message, Signal, SignalsModule } from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';

export const PersonSchema = defineEntity({
  name: 'Person',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    seenAt: p.datetime().nullable(),
    tags: p.array().nullable(),
    friends: () => p.manyToMany(Person),
  },
});
export class Person extends PersonSchema.class {}
PersonSchema.setClass(Person);

export const LogSchema = defineEntity({ name: 'Log', properties: { id: p.integer().primary(), line: p.string() } });
export class Log extends LogSchema.class {}
LogSchema.setClass(Log);

export interface Payload {
  person?: Person;
  people?: Person[];
}

export class Happened extends Signal<Payload> {}

/** A service that knows nothing of signals. */
@Injectable()
export class Logs {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  write(line: string): void {
    this.em.create(Log, { line });
  }

  count(): Promise<number> {
    return this.em.count(Log);
  }

  current(): EntityManager {
    return this.em.getContext();
  }
}

export let t: Awaited<ReturnType<typeof startOrmApp>>;
export let logs: Logs;
export let connections: Disposable[];

beforeAll(async () => {
  const imports = [SignalsModule.forFeature([Happened])];
  t = await startOrmApp({ entities: [PersonSchema, LogSchema], imports, providers: [Logs] });
  logs = t.app.get(Logs);
});
afterAll(() => t[Symbol.asyncDispose]());
beforeEach(async () => {
  connections = [];
  await t.orm.schema.clear();
  const em = t.fork();
  em.create(Person, { name: 'Ann', tags: ['a'] });
  em.create(Person, { name: 'Bob' });
  await em.flush();
});
afterEach(() => connections.forEach(connection => connection[Symbol.dispose]()));

export type Receive = (payload: Payload, message: Message) => unknown;
export const on = (...receivers: Receive[]) =>
  receivers.forEach((receive, at) => {
    connections.push(t.app.get(Happened).connect(receive, { uid: `receiver ${at}` }));
  });
export const send = (payload: Payload = {}) => t.app.get(Happened).send(null, payload);
export const inRequest = <T>(call: (em: EntityManager) => Promise<T>) =>
  RequestContext.create(t.orm.em, () => call(t.orm.em.getContext()));
export const lines = async () => (await t.fork().findAll(Log, { orderBy: { id: 1 } })).map(({ line }) => line);
export const ann = (em: EntityManager) => em.findOneOrFail(Person, { name: 'Ann' });
