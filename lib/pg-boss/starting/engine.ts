import { Logger } from '@nestjs/common';
import { PgBoss } from 'pg-boss';
import { type KnownEntityManager, SignalError } from '../../core/index.js';
import { type Application, classNamedIn } from '../../nest/index.js';
import { PgBossOperations } from '../operations.js';
import type { Settings } from '../pg-boss.js';
import type { DurableReceiver, DurableReceivers } from '../receivers.js';
import { Settling } from '../worker/settling.js';
import { Slots } from '../worker/slots.js';
import { Workers } from '../worker/workers.js';
import { reach, type Reached } from './connection.js';
import { probeDatabase, probeNotifications } from './durability-probe.js';
import { declareQueues } from './queues.js';
import { checkSchema } from './schema.js';

/** How often what was said on other machines is looked at. */
const LOOK_MS = 2000;
/** How often silent workers and old messages are looked for. */
const SUPERVISE_SECONDS = 5;
/** Several machines may make the schema at once, and all but one of them must try again. */
const START_ATTEMPTS = 5;

/** pg-boss at work for one application. */
export class Engine {
  readonly operations: PgBossOperations;
  private readonly workers: Workers;
  /** Receivers that were connected after the start, until they have their queues. */
  private readonly late = new Map<string, Promise<void>>();
  private readonly log = new Logger('Signals');
  private readonly isEmbedded: boolean;
  private looking: NodeJS.Timeout | undefined;

  private constructor(
    readonly boss: PgBoss,
    application: Application,
    private readonly settings: Settings,
    private readonly receivers: DurableReceivers,
    root: KnownEntityManager,
    { isEmbedded, connections }: Reached,
  ) {
    this.isEmbedded = isEmbedded;
    const { registry, modules } = application;
    this.operations = new PgBossOperations(
      boss,
      settings.schema,
      receivers,
      () => this.workers.adjust(),
      uid => this.declared([uid]),
    );
    const settling = new Settling(boss, settings.schema);
    const slots = new Slots(Math.max(1, connections - 2));
    const classNamed = classNamedIn(registry, modules);
    const place = { registry, boss, root, settling, log: this.log, slots, classNamed, isEmbedded };
    this.workers = new Workers(place, settings, receivers, this.operations);
    boss.on('error', error => this.log.error(`pg-boss: ${error.message}`, error.stack));
    boss.on('warning', ({ message }) => this.log.warn(`pg-boss: ${message}`));
  }

  /** Looks at the database, makes what is missing, and checks that it can be relied on. */
  static async start(
    application: Application,
    settings: Settings,
    receivers: DurableReceivers,
    root: KnownEntityManager,
  ): Promise<Engine> {
    const reached = await reach(root);
    if (!settings.migrate) await checkSchema(root, settings.schema);
    const isWorking = settings.work !== false;
    const boss = new PgBoss({
      ...reached.options,
      schema: settings.schema,
      migrate: settings.migrate,
      max: settings.maxConnections,
      useListenNotify: isWorking,
      supervise: isWorking,
      schedule: false,
      // What it would record of our jobs is wrong: a call that failed is no error of its worker (12.38).
      openTelemetry: { enabled: false },
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
    });
    const engine = new Engine(boss, application, settings, receivers, root, reached);
    await boss.start({ attempts: START_ATTEMPTS });
    try {
      for (const receiver of receivers) await declareQueues(boss, receiver, settings);
      if (!reached.isEmbedded) await probeDatabase(boss, root);
      if (isWorking) await probeNotifications(boss, root);
      await engine.tellParked();
    } catch (error) {
      await boss.stop({ graceful: false });
      throw error;
    }
    return engine;
  }

  async work(): Promise<void> {
    if (this.settings.work === false) return;
    await this.workers.adjust();
    this.looking = setInterval(() => void this.workers.adjust(), LOOK_MS);
    this.looking.unref();
  }

  /** A receiver was connected when the application had started. */
  serveLate(receiver: DurableReceiver): void {
    const declared = declareQueues(this.boss, receiver, this.settings).then(() => this.workers.adjust());
    const { uid } = receiver;
    this.late.set(uid, declared);
    // Who stores for it is told of an error.
    declared.then(
      () => this.late.delete(uid),
      () => {},
    );
  }

  /** Resolves when these receivers have their queues. */
  async declared(uids: readonly string[]): Promise<void> {
    if (this.late.size > 0) for (const uid of uids) await this.late.get(uid);
  }

  /** The same where a transaction is open: a database inside the process makes no queue meanwhile. */
  async declaredInTransaction(uids: readonly string[]): Promise<void> {
    const waiting = this.isEmbedded ? uids.find(uid => this.late.has(uid)) : undefined;
    if (waiting !== undefined) throw connectedTooLate(waiting);
    await this.declared(uids);
  }

  async stopWorking(waitMs: number): Promise<void> {
    clearInterval(this.looking);
    await this.workers.stop(waitMs);
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    // What connections say while they are closed is of no interest any more.
    this.boss.removeAllListeners('error').on('error', () => {});
    await this.boss.stop({ graceful: false }).catch((error: Error) => this.log.warn(`pg-boss: ${error.message}`));
  }

  private async tellParked(): Promise<void> {
    for (const { receiver, waiting, delayed, parked } of await this.operations.counts()) {
      if (parked && waiting + delayed > 0)
        this.log.warn(parkedMessages(receiver, waiting + delayed, this.settings).message);
    }
  }
}

function connectedTooLate(uid: string): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `A message for ${uid} cannot be stored: its queue is still being made, which waits for this transaction.`,
    at: 'a send in a transaction, on a database inside the process',
    fix: 'connect the receiver with @OnSignal, or well before the transaction begins.',
  });
}

function parkedMessages(uid: string, count: number, { parkedRetentionDays }: Settings): SignalError {
  return new SignalError('JOB_WITHOUT_RECEIVER', {
    what: `${count} durable message(s) wait for ${uid}, which no receiver of this application is called.`,
    at: 'the start of the application',
    fix: `bring the receiver back, name the uid in \`formerly\` of another, or purge it; they are kept for ${parkedRetentionDays} days.`,
  });
}
