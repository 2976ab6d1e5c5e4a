import { type EntityManager, TransactionPropagation } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { MikroORM, PostgreSqlDriver, type SqlEntityManager } from '@mikro-orm/postgresql';
import {
  afterCommit,
  afterRollback,
  beforeCommit,
  type Message,
  PostSave,
  ReceiverFailed,
  Signal,
  SignalsModule,
} from 'nestjs-signals';
import { compileApp } from '../../../support/app.js';
import { createTestDatabase, type TestDatabase } from '../../../support/database.js';
import { PostgresProxy } from '../../../support/postgres-proxy.js';
import { Item, ItemSchema, Placed } from '../items.js';
import { Aim, portOf, violate } from './connections.js';
import type { Block, ImplicitFlush, Program, Root, Step } from './program.js';

class Closing extends Signal<{ name: string; fails: boolean }> {}
class Tried extends Signal<{ name: string; fails: boolean }> {}

/** Counts of the calls and failure reports for one row, by the outcome of its transaction. */
export interface Calls {
  committed: number;
  rolledBack: number;
  unknown: number;
}

/** A real application on a real server, which does what programs say. */
export class World implements AsyncDisposable {
  /** The rows of which a message was kept, in the order in which they were sent. */
  accepted: string[] = [];
  /** The rows that receivers were called for after COMMIT, in that order. */
  committed: string[] = [];
  readonly received = new Map<string, Calls>();
  private readonly names = new Map<string, string>();
  /** The actions of a receiver of `PostSave`, by the name of the row that it receives. */
  private readonly acts = new Map<string, (em: EntityManager) => Promise<unknown>>();

  private constructor(
    private readonly app: Awaited<ReturnType<typeof compileApp>>,
    private readonly database: TestDatabase,
    private readonly proxy: PostgresProxy,
    private readonly direct: MikroORM,
  ) {
    this.connect();
  }

  static async start(): Promise<World> {
    const database = await createTestDatabase();
    const proxy = await PostgresProxy.before(database.url);
    const direct = await MikroORM.init({ driver: PostgreSqlDriver, clientUrl: database.url, entities: [ItemSchema] });
    await direct.schema.create();
    await direct.em.execute('create table pledge (id int unique deferrable initially deferred)');
    await direct.em.execute('create sequence number');
    // A lost connection keeps its place in the pool.
    const options = { driver: PostgreSqlDriver, entities: [ItemSchema], pool: { max: 100_000 }, logger: () => {} };
    const app = await compileApp({
      imports: [MikroOrmModule.forRoot({ ...options, clientUrl: proxy.url }), SignalsModule.forRoot()],
      providers: [Placed, Closing, Tried],
    });
    app.useLogger(false);
    await app.init();
    return new World(app, database, proxy, direct);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It waits for the connections that were lost: Kysely never gives them back (0.29.6).
    void this.app.close();
    await this.direct.close(true);
    await this.proxy[Symbol.asyncDispose]();
    await this.database.drop();
  }

  /** Returns the names of the stored rows under a prefix, read through another connection. */
  async stored(prefix: string): Promise<Set<string>> {
    const items = await this.direct.em.fork().findAll(Item, { where: { name: { $like: `${prefix}.%` } } });
    return new Set(items.map(({ name }) => name));
  }

  async run({ threads, isSilent }: Program, prefix: string): Promise<void> {
    this.accepted = [];
    this.committed = [];
    this.received.clear();
    this.names.clear();
    this.acts.clear();
    this.proxy.isSilent = isSilent;
    await Promise.all(
      threads.map(async (transactions, thread) => {
        for (const [at, transaction] of transactions.entries()) {
          await this.attempt(() => this.transact(transaction, `${prefix}.${thread}.${at}`));
        }
      }),
    );
  }

  private transact(transaction: Root | ImplicitFlush, path: string): Promise<unknown> {
    if (transaction.way === 'flush') return this.flush(transaction, path);
    return transaction.way === 'begin' ? this.begin(transaction, path) : this.transactional(transaction, path);
  }

  private async flush({ rows, failsAt, violates, fate }: ImplicitFlush, path: string): Promise<void> {
    const em = this.fork();
    const aim = new Aim(this.proxy, fate);
    for (let at = 0; at < rows; at++) {
      em.create(Item, { name: `${path}.${at}` });
      this.acts.set(`${path}.${at}`, async own => {
        if (at === 0) await aim.at(own);
        if (at === 0 && violates) await violate(own);
        if (at === failsAt) throw new Error('a receiver fails');
      });
    }
    await em.flush().finally(() => aim.release());
  }

  private async transactional(root: Root, path: string): Promise<void> {
    const aim = new Aim(this.proxy, root.fate);
    const attempt = this.fork().transactional(async em => {
      await aim.at(em);
      await this.block(root, em, path, undefined, root.failsBeforeCommit);
    });
    await attempt.finally(() => aim.release());
  }

  private async begin(root: Root, path: string): Promise<void> {
    const em = this.fork();
    const aim = new Aim(this.proxy, root.fate);
    await em.begin();
    try {
      await aim.at(em);
      await this.block(root, em, path, { em }, root.failsBeforeCommit);
      await em.commit();
    } catch (error) {
      await em.rollback();
      throw error;
    } finally {
      aim.release();
    }
  }

  private async block(
    { steps, ends }: Block,
    em: EntityManager,
    path: string,
    options: { em: EntityManager } | undefined,
    failsBeforeCommit: boolean,
  ): Promise<void> {
    for (const [at, step] of steps.entries()) {
      const name = `${path}.${at}`;
      if (step.do === 'nest') await this.attempt(() => this.nest(step, em, name, options, failsBeforeCommit));
      else await this.attempt(() => this.step(step, em, name, options, failsBeforeCommit));
    }
    if (ends === 'throw') throw new Error('the end of a block');
  }

  private async nest(
    { inside, anew }: Extract<Step, { do: 'nest' }>,
    em: EntityManager,
    path: string,
    options: { em: EntityManager } | undefined,
    failsBeforeCommit: boolean,
  ): Promise<void> {
    const propagation = anew ? TransactionPropagation.REQUIRES_NEW : TransactionPropagation.NESTED;
    const fails = failsBeforeCommit && !anew;
    await em.transactional(inner => this.block(inside, inner, path, options && { em: inner }, fails), { propagation });
  }

  private async step(
    step: Exclude<Step, { do: 'nest' }>,
    em: EntityManager,
    name: string,
    options: { em: EntityManager } | undefined,
    failsBeforeCommit: boolean,
  ): Promise<void> {
    const { placed, tried } = this;
    switch (step.do) {
      case 'save':
        em.create(Item, { name });
        return em.flush();
      case 'send':
        await em.insert(Item, { name });
        return void (await placed.send(null, { name }, options));
      case 'sendSync':
        await em.insert(Item, { name });
        return void placed.sendSync(null, { name }, options);
      case 'before commit':
        await em.insert(Item, { name: `${name}?` });
        await placed.send(null, { name: `${name}?` }, options);
        return void (await this.app.get(Closing).send(null, { name: `${name}?`, fails: failsBeforeCommit }, options));
      case 'robust':
        return void (await tried.sendRobust(null, { name, fails: step.fails }, options));
      case 'robust at once':
        await Promise.all(
          step.fails.map((fails, at) => tried.sendRobust(null, { name: `${name}.${at}`, fails }, options)),
        );
        return;
      case 'catch a receiver':
        await em.insert(Item, { name });
        return void (await tried.send(null, { name, fails: true }, options));
      case 'swallow':
        return void (await (em as SqlEntityManager).execute('select * from nowhere'));
      case 'violate':
        return violate(em);
      case 'lose the connection':
        return this.proxy.line(await portOf(em)).cut();
    }
  }

  private get placed(): Placed {
    return this.app.get(Placed);
  }

  private get tried(): Tried {
    return this.app.get(Tried);
  }

  private fork(): EntityManager {
    return this.app.get(MikroORM).em.fork();
  }

  /** Goes on after an error, as an application may. */
  private async attempt(what: () => Promise<unknown>): Promise<void> {
    await what().catch(() => {});
  }

  private connect(): void {
    const saved = this.app.get(PostSave);
    saved.connect(({ instance }, { em, id }: Message) => this.act((instance as Item).name, id, em!), { uid: 'acts' });
    const received: [typeof afterCommit | typeof afterRollback, (name: string) => void][] = [
      [afterCommit, name => this.noteCommit(name)],
      [afterRollback, name => this.of(name).rolledBack++],
    ];
    for (const [delivery, receive] of received) {
      const uid = delivery.name;
      saved.connect(({ instance }) => receive((instance as Item).name), { delivery, uid });
      this.placed.connect(({ name }) => receive(name), { delivery, uid });
    }
    saved.connect(({ instance }, { id }) => this.accept((instance as Item).name, id), { uid: 'accepts' });
    this.placed.connect(({ name }, { id }) => this.accept(name, id), { uid: 'accepts' });
    this.tried.connect(async ({ name, fails }, { em }) => {
      await em!.insert(Item, { name });
      await this.placed.send(null, { name });
      if (fails) throw new Error('a receiver fails');
    });
    this.app
      .get(Closing)
      .connect(({ name, fails }, { em }) => this.close(name, fails, em!), { delivery: beforeCommit });
    this.app.get(ReceiverFailed).connect(({ message, error }) => this.noteFailure(message, error));
  }

  private act(name: string, id: string, em: EntityManager): Promise<unknown> | undefined {
    return this.acts
      .get(name)?.(em)
      .catch((error: unknown) => {
        this.accept(name, id);
        throw error;
      });
  }

  private async close(name: string, fails: boolean, em: EntityManager): Promise<void> {
    if (fails) throw new Error('what was to run before COMMIT fails');
    em.create(Item, { name: `${name}!` });
  }

  private noteCommit(name: string): void {
    this.committed.push(name);
    this.of(name).committed++;
  }

  private noteFailure(message: Message, error: unknown): void {
    if ((error as { code?: string }).code !== 'OUTCOME_UNKNOWN') throw error;
    this.of(this.names.get(message.id)!).unknown++;
  }

  /** Called after those that are called later, or by the receiver that fails before them: their message is kept. */
  private accept(name: string, id: string): void {
    this.accepted.push(name);
    this.names.set(id, name);
  }

  private of(name: string): Calls {
    const known = this.received.get(name) ?? { committed: 0, rolledBack: 0, unknown: 0 };
    this.received.set(name, known);
    return known;
  }
}
