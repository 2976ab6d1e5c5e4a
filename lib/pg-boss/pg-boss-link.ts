import { Logger } from '@nestjs/common';
import {
  type Channel,
  type ConnectionRecord,
  type DeferredMessage,
  type KnownEntityManager,
  type Scope,
  SignalError,
} from '../core/index.js';
import {
  type DurableJobs,
  type DurableOperations,
  type DurableOptions,
  EngineLink,
  type RowPlace,
  sendEnqueued,
} from '../durable/index.js';
import type { Application, RoomLink } from '../nest/index.js';
import type { Settings } from './options.js';
import { DurableReceivers } from './receivers.js';
import { Outbox, type Prepared } from './sending/outbox.js';
import { Engine } from './engine.js';
import { ignoreSchema } from './starting/schema.js';
import { expectShutdownHooks } from './starting/shutdown-hooks.js';

/** The durable messages of one application. */
export class PgBossLink extends EngineLink implements RoomLink, DurableJobs {
  private readonly receivers = new DurableReceivers();
  private readonly outbox: Outbox;
  private hooks: NodeJS.Timeout | undefined;
  private engine: Engine | undefined;

  protected readonly needs = {
    what: 'Durable messages are kept with the data',
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
  };

  constructor(
    application: Application,
    private readonly settings: Settings,
  ) {
    super(application);
    this.outbox = new Outbox(this.receivers, settings);
  }

  async init(): Promise<void> {
    const warning = ignoreSchema(this.root, this.settings.schema);
    if (warning) new Logger('Signals').warn(warning.message);
    this.engine = await Engine.start(this.application, this.settings, this.receivers, this.root);
  }

  bootstrap(): void {
    if (this.settings.work !== false) this.hooks = expectShutdownHooks();
    void this.engine?.work();
  }

  async stop(remainingMs: number): Promise<void> {
    clearTimeout(this.hooks);
    await this.engine?.stopWorking(remainingMs);
  }

  async close(): Promise<void> {
    await this.engine?.close();
    this.engine = undefined;
  }

  add(channel: Channel, record: ConnectionRecord, options: DurableOptions): void {
    const added = this.receivers.add(channel, record, options);
    if (added) this.engine?.serveLate(added);
  }

  prepare(message: DeferredMessage, options: DurableOptions): Prepared {
    return this.outbox.prepare(message, options, this.unitsOfWork.entities);
  }

  async store(messages: readonly DeferredMessage[], em?: KnownEntityManager): Promise<void> {
    const engine = this.started;
    const prepared = messages.map(message => message.prepared as Prepared);
    const uids = prepared.map(({ receiver }) => receiver);
    if (!em) {
      await engine.declared(uids);
      // The work has an EntityManager of its own.
      const store = ({ own }: Scope) => this.store(messages, own!.em);
      return this.unitsOfWork.inOwnUnitOfWork({ em: this.root }, store, async () => {});
    }
    if (em.name !== this.root.name) throw otherDatabase(messages[0]!.sending.channel.name, em.name, this.root.name);
    await engine.declaredInTransaction(uids);
    const stored = await this.outbox.store(prepared, engine.place.boss, em);
    await sendEnqueued(this.registry, stored, em);
  }

  get operations(): DurableOperations {
    return this.started.operations;
  }

  get rows(): RowPlace | undefined {
    const { schema, work, rows } = this.settings;
    if (!rows) return undefined;
    return {
      schema: JSON.parse(schema) as string,
      root: this.root,
      isWorking: work !== false,
      listen: async (channel, notified) => this.started.listenTo(channel, notified),
      count: counts => this.started.operations.countRows(counts),
    };
  }

  private get started(): Engine {
    if (this.engine) return this.engine;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: 'A durable message cannot be stored: the application has not started, or has ended.',
      at: 'a send that has a durable receiver',
      fix: 'send it between onModuleInit and the shutdown of the application.',
    });
  }

  private get root(): KnownEntityManager {
    const { contextName } = this.settings;
    const root = this.unitsOfWork.root(contextName);
    if (root) return root;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `Durable messages are kept with the data, and there is no MikroORM${contextName ? ` '${contextName}'` : ''}.`,
      at: 'SignalsModule.forRoot({ durable: pgBoss() })',
      fix: 'import MikroOrmModule.forRoot(), and name it with pgBoss({ contextName }) when there are several.',
    });
  }
}

function otherDatabase(signal: string, name: string, root: string): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `${signal} was sent in a transaction of '${name}', and durable messages are kept with the data of '${root}'.`,
    at: `a send of ${signal}`,
    fix: `send it in a transaction of '${root}', say pgBoss({ contextName: '${name}' }), or use afterCommit.`,
  });
}
