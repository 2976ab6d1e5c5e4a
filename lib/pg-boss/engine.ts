import type { PgBoss } from 'pg-boss';
import { counted, type KnownEntityManager, SignalError } from '../core/index.js';
import type { Application } from '../nest/index.js';
import { PgBossOperations } from './operations.js';
import type { Settings } from './options.js';
import type { DurableReceiver, DurableReceivers } from './receivers.js';
import { Supervisor } from './worker/supervisor.js';
import { Workers } from './worker/workers.js';
import { Workplace } from './worker/workplace.js';
import { connectTo } from './starting/connection.js';
import { probeDatabase, probeIsolation, probeNotifications } from './starting/durability-probe.js';
import { cannotListen, isDenied, listen, startBoss, startBossOn } from './starting/boss.js';
import { declareQueues } from './starting/queues.js';
import { checkSchema } from './starting/schema.js';

/** pg-boss at work for one application. */
export class Engine {
  private readonly workers = new Workers(this.place);
  private readonly supervisor = new Supervisor(this.place, queue => this.workers.notified(queue));
  readonly operations = new PgBossOperations(
    this.place.boss,
    this.place.settings,
    this.place.receivers,
    () => this.workers.adjust(),
    uid => this.declared([uid]),
  );
  /** Receivers that were connected after the start, until they have their queues. */
  private readonly late = new Map<string, Promise<void>>();
  /** Only listens. */
  private direct: PgBoss | undefined;
  private listening: { close(): Promise<void> } | undefined;
  private readonly failed = (error: Error) => this.place.log.error(`pg-boss: ${error.message}`, error.stack);

  private constructor(readonly place: Workplace) {
    const { boss, log } = place;
    boss.on('error', this.failed);
    boss.on('warning', ({ message }) => log.warn(`pg-boss: ${message}`));
  }

  /** Looks at the database, makes what is missing, and checks that it can be relied on. */
  static async start(
    application: Application,
    settings: Settings,
    receivers: DurableReceivers,
    root: KnownEntityManager,
  ): Promise<Engine> {
    const database = await connectTo(root);
    const isWorking = settings.work !== false;
    if (!settings.migrate) await checkSchema(root, settings);
    const place = new Workplace(application, settings, receivers, root, database);
    const { boss, isEmbedded } = place;
    const engine = new Engine(place);
    try {
      await startBoss(boss);
      for (const receiver of receivers) await declareQueues(boss, receiver, settings);
      if (!isEmbedded) await probeDatabase(boss, root);
      const warning = isWorking && !isEmbedded ? await probeIsolation(boss) : undefined;
      if (warning) place.log.warn(warning.message);
      if (isWorking) await engine.listen();
      await engine.warnOfParked();
    } catch (error) {
      await engine.close();
      if (isDenied(error)) await checkSchema(root, settings);
      throw error;
    }
    return engine;
  }

  async work(): Promise<void> {
    if (this.place.settings.work === false) return;
    this.supervisor.start();
    await this.workers.start();
  }

  /** A receiver was connected when the application had started. */
  serveLate(receiver: DurableReceiver): void {
    const declared = declareQueues(this.place.boss, receiver, this.place.settings).then(() => this.workers.adjust());
    const { uid } = receiver;
    this.late.set(uid, declared);
    // A send that stores for it rejects with an error of this.
    void declared.then(() => this.late.delete(uid)).catch(() => {});
  }

  /** Resolves when these receivers have their queues. */
  async declared(uids: readonly string[]): Promise<void> {
    if (this.late.size > 0) for (const uid of uids) await this.late.get(uid);
  }

  /** Like `declared`, in an open transaction: a database inside the process makes no queue meanwhile. */
  async declaredInTransaction(uids: readonly string[]): Promise<void> {
    const waiting = this.place.isEmbedded ? uids.find(uid => this.late.has(uid)) : undefined;
    if (waiting !== undefined) throw connectedTooLate(waiting);
    await this.declared(uids);
  }

  async stopWorking(waitMs: number): Promise<void> {
    await Promise.all([this.supervisor.stop(waitMs), this.workers.stop(waitMs)]);
    this.place.heartbeat.stop();
  }

  async close(): Promise<void> {
    await this.listening?.close();
    // Errors of connections that are being closed are of no interest.
    for (const boss of [this.direct, this.place.boss]) {
      boss?.removeAllListeners('error').on('error', () => {});
      await boss?.stop({ graceful: false }).catch((error: Error) => this.place.log.warn(`pg-boss: ${error.message}`));
    }
  }

  listenTo(channel: string, notified: () => void): Promise<{ close(): Promise<void> }> | undefined {
    return this.notifier.getDb().listen?.(channel, notified, notified);
  }

  private get notifier(): PgBoss {
    return this.direct ?? this.place.boss;
  }

  /** On a connection of its own where there is a URL for it: what is behind a pooler may be deaf. */
  private async listen(): Promise<void> {
    const { listenUrl, schema } = this.place.settings;
    if (listenUrl !== undefined)
      this.direct = await startBossOn(listenUrl, { schema, max: 1 }, this.failed, cannotListen);
    await probeNotifications(this.notifier, this.place.root);
    const missed = () => void this.workers.adjust();
    this.listening = await listen(this.notifier, schema, queue => this.workers.notified(queue), missed);
  }

  /** Warns of parked messages that this application stored itself: others may have receivers for the rest. */
  private async warnOfParked(): Promise<void> {
    const { settings, log } = this.place;
    const { application } = settings;
    if (application === undefined) return;
    const own = await this.operations.storedBy(application);
    for (const { receiver, waiting, delayed, parked } of await this.operations.counts()) {
      if (parked && own.has(receiver)) log.warn(parkedMessages(receiver, waiting + delayed, settings).message);
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

function parkedMessages(uid: string, count: number, { application, parkedRetentionDays }: Settings): SignalError {
  return new SignalError('JOB_WITHOUT_RECEIVER', {
    what: `No receiver of the application '${application}' has the uid '${uid}', for which ${counted(count, 'durable message')} ${count === 1 ? 'is' : 'are'} stored.`,
    at: 'the start of the application',
    fix: `bring the receiver back, or name the uid in \`formerly\` of another; where another application of that name serves it, give each a name: pgBoss({ application }). Messages are kept for ${counted(parkedRetentionDays, 'day')}.`,
  });
}
