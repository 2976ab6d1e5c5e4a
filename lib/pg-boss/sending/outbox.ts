import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import { type DeferredMessage, type KnownEntityManager, type StoredEntities } from '../../core/index.js';
import {
  type DurableOptions,
  encodeMessage,
  hashOf,
  type EncodedMessage,
  type StoredMessage,
} from '../../durable/index.js';
import type { Settings } from '../options.js';
import type { DurableReceivers } from '../receivers.js';
import { StoringClock } from './storing-clock.js';
import { TimeOrderedIds } from '../time-ordered-id.js';

/** A message that will be stored. */
export interface Prepared {
  readonly receiver: string;
  readonly message: EncodedMessage;
  readonly terms: Omit<JobInsert, 'data' | 'id'> & { readonly id: string };
}

type StoredJob = Prepared['terms'] & { readonly data: StoredMessage };

/** The most JSON in one statement, in characters: text has a greatest length, and is in memory several times. */
const CHARACTERS_OF_STATEMENT = 16 * 1024 * 1024;

/** Makes jobs of messages, and stores them in the transaction of who has sent them. */
export class Outbox {
  private readonly ids = new TimeOrderedIds();

  constructor(
    private readonly receivers: DurableReceivers,
    private readonly settings: Settings,
  ) {}

  prepare(message: DeferredMessage, options: DurableOptions, entities: StoredEntities): Prepared {
    const encoded = encodeMessage(message, options, entities);
    // A key is compared only: where payloads are sealed, its hash is enough.
    const key = encoded.key !== undefined && this.settings.sealing.isOn ? hashOf(encoded.key) : encoded.key;
    return {
      receiver: message.record.uid,
      message: encoded,
      terms: { id: this.ids.next(), ...jobOptionsOf(options, key) },
    };
  }

  /**
   * One statement for each receiver, unless that is many megabytes.
   *
   * @returns what was stored.
   */
  async store(prepared: readonly Prepared[], boss: PgBoss, em: KnownEntityManager) {
    // MikroORM's type of a transaction is Kysely's with other type arguments.
    const db = new StoringClock(fromKysely(em.getTransactionContext() as never), this.settings.schema);
    const stored: (StoredJob & { readonly receiver: string })[] = [];
    for (const [uid, some] of Map.groupBy(prepared, ({ receiver }) => receiver)) {
      // A connection that is durable is added before anything is sent to it.
      const receiver = this.receivers.get(uid)!;
      const jobs = await Promise.all(some.map(message => this.jobOf(message)));
      for (const part of inParts(jobs)) await boss.insert(receiver.queue, part, { db });
      stored.push(...jobs.map(job => ({ ...job, receiver: uid })));
      if (receiver.options.key) await db.stamp(receiver.queue, jobs);
    }
    return stored;
  }

  private async jobOf({ message, terms }: Prepared): Promise<StoredJob> {
    const { application, sealing } = this.settings;
    const data = await sealing.close(message.stored());
    return { ...terms, data: application === undefined ? data : { ...data, application } };
  }
}

function inParts(jobs: readonly StoredJob[]): StoredJob[][] {
  const parts: StoredJob[][] = [];
  let left = 0;
  for (const job of jobs) {
    const size = sizeOf(job.data);
    if (left >= size && parts.length > 0) parts.at(-1)!.push(job);
    else {
      parts.push([job]);
      left = CHARACTERS_OF_STATEMENT;
    }
    left -= size;
  }
  return parts;
}

function sizeOf({ payload, sealed }: StoredMessage): number {
  return (sealed?.bytes ?? (payload as { v: string }).v).length;
}

function jobOptionsOf({ delayMs, keepMs }: DurableOptions, key: string | undefined): Omit<JobInsert, 'data' | 'id'> {
  return {
    ...(delayMs && { startAfter: `${delayMs} milliseconds` }),
    ...(keepMs !== undefined && { retentionSeconds: Math.ceil(keepMs / 1000) }),
    ...(key !== undefined && { singletonKey: key }),
  };
}
