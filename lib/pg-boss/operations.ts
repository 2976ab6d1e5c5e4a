import type { PgBoss } from 'pg-boss';
import { type DurableCounts, type DurableOperations, type MessageFilter, unknownUid } from '../durable/index.js';
import { queueNamesOf, useOf } from './queue-names.js';
import { DUE_SINCE } from './job-sql.js';
import type { DurableReceivers } from './receivers.js';
import type { Settings } from './options.js';
import { StoredMessages } from './stored-messages.js';
import { getOrInsert } from '../core/index.js';

interface CountRow {
  readonly name: string;
  readonly waiting: string;
  readonly delayed: string;
  readonly active: string;
  readonly oldest: string | null;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const NONE = { waiting: 0, delayed: 0, active: 0, dead: 0, oldestMs: 0, paused: false };

/** How many messages of a queue are looked at for who has stored them. */
const LOOKED_AT = 100;

/** Searches, counts and changes the stored messages of an application, in whichever process they are. */
export class PgBossOperations extends StoredMessages implements DurableOperations {
  private rows: (() => Promise<DurableCounts | undefined>) | undefined;

  constructor(
    boss: PgBoss,
    settings: Settings,
    private readonly receivers: DurableReceivers,
    /** Called when a receiver was paused or resumed, so that this process adjusts at once. */
    private readonly changed: () => Promise<void>,
    /** Resolves when this receiver has its queues, where it has been connected. */
    private readonly declared: (uid: string) => Promise<void>,
  ) {
    super(boss, settings);
  }

  async counts(): Promise<DurableCounts[]> {
    // Before the messages that are made of them: what becomes one meanwhile is counted twice, and not missed.
    const rows = await this.rows?.();
    const byUid = new Map<string, Writable<DurableCounts>>();
    const countOf = (uid: string) =>
      getOrInsert(byUid, uid, () => ({ ...NONE, receiver: uid, parked: !this.receivers.serves(uid) }));
    for (const { uid, isConnected } of this.receivers) if (isConnected) countOf(uid);
    for (const { name, waiting, delayed, active, oldest } of await this.countJobs()) {
      const use = useOf(name);
      if (!use) continue;
      const count = countOf(use.uid);
      if (use.kind === 'dead') count.dead += Number(waiting) + Number(delayed);
      else {
        count.waiting += Number(waiting);
        count.delayed += Number(delayed);
        count.active += Number(active);
        count.oldestMs = Math.max(count.oldestMs, Math.round(Number(oldest)));
      }
    }
    for (const { uid } of await this.queues(`name LIKE '%//paused'`)) countOf(uid).paused = true;
    return [...byUid.values(), ...(rows ? [rows] : [])];
  }

  /** Counts changes of rows, too. */
  countRows(rows: () => Promise<DurableCounts | undefined>): void {
    this.rows = rows;
  }

  override async retry(filter: MessageFilter): Promise<number> {
    await this.known(filter.receiver);
    return super.retry(filter);
  }

  async remove(filter: MessageFilter): Promise<number> {
    await this.known(filter.receiver);
    return this.forget(filter, ['dead']);
  }

  async purge(filter: MessageFilter): Promise<number> {
    await this.known(filter.receiver);
    return this.forget(filter, ['plain', 'ordered', 'dead']);
  }

  async pause(receiver: string): Promise<void> {
    await this.known(receiver);
    await this.boss.createQueue(queueNamesOf(receiver).paused);
    await this.changed();
  }

  async resume(receiver: string): Promise<void> {
    await this.known(receiver);
    const { paused } = queueNamesOf(receiver);
    if (await this.boss.getQueue(paused)) await this.boss.deleteQueue(paused);
    await this.changed();
  }

  /** The uids for which this application has stored messages that are waiting; of many for one uid some are looked at. */
  async storedBy(application: string): Promise<ReadonlySet<string>> {
    const own = `SELECT data->>'application' FROM (SELECT data FROM ${this.schema}.job j
      WHERE j.name = queue.name AND state < 'active' LIMIT ${LOOKED_AT}) AS seen`;
    const uses = await this.queues(`$1 IN (${own})`, application);
    return new Set(uses.flatMap(({ uid, kind }) => (kind === 'dead' ? [] : uid)));
  }

  /** @throws {SignalError} `JOB_WITHOUT_RECEIVER` */
  private async known(uid: string | undefined): Promise<void> {
    if (uid === undefined) return;
    await this.declared(uid);
    const [found] = await this.queues('name = $1', queueNamesOf(uid).dead);
    if (found !== undefined) return;
    const own = Array.from(this.receivers, receiver => receiver.uid);
    // Without receivers, those that have or had queues.
    const known = own.length > 0 ? own : (await this.queues('true')).map(use => use.uid);
    throw unknownUid(uid, [...new Set(known)]);
  }

  private async countJobs(): Promise<CountRow[]> {
    return this.query<CountRow>(`SELECT name,
        count(*) FILTER (WHERE state < 'active' AND start_after <= now()) AS waiting,
        count(*) FILTER (WHERE state < 'active' AND start_after > now()) AS delayed,
        count(*) FILTER (WHERE state = 'active') AS active,
        EXTRACT(epoch FROM now() - min(${DUE_SINCE}) FILTER (WHERE state < 'active' AND ${DUE_SINCE} <= now())) * 1000 AS oldest
      FROM ${this.schema}.job j WHERE state <= 'active' GROUP BY name`);
  }
}
