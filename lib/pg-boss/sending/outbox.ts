import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import {
  type DeferredMessage,
  type DurableOptions,
  encodeMessage,
  type EncodedMessage,
  type KnownEntityManager,
  type StoredEntities,
  type StoredMessage,
} from '../../core/index.js';
import type { DurableReceivers } from '../receivers.js';
import { TimeOrderedIds } from '../time-ordered-id.js';

/** A job as it will be stored. */
export interface Prepared {
  readonly receiver: string;
  readonly job: Omit<JobInsert, 'data'> & { readonly id: string; readonly data: StoredMessage };
  readonly encoder: EncodedMessage['encoder'];
}

/** Makes jobs of messages, and stores them in the transaction of who has sent them. */
export class Outbox {
  private readonly ids = new TimeOrderedIds();

  constructor(
    private readonly receivers: DurableReceivers,
    private readonly schema: string,
  ) {}

  prepare(message: DeferredMessage, options: DurableOptions, entities: StoredEntities): Prepared {
    const { data, key, encoder } = encodeMessage(message, options, entities);
    return { receiver: message.record.uid, job: { id: this.ids.next(), data, ...termsOf(options, key) }, encoder };
  }

  /** One statement for each receiver; one more for those whose messages have keys. */
  async store(prepared: readonly Prepared[], boss: PgBoss, em: KnownEntityManager): Promise<void> {
    const db = fromKysely(em.getTransactionContext() as never);
    for (const [uid, some] of Map.groupBy(prepared, ({ receiver }) => receiver)) {
      const receiver = this.receivers.get(uid)!;
      for (const { encoder } of some) encoder.addKeys();
      const jobs = some.map(({ job }) => job);
      await boss.insert(receiver.queue, jobs, { db });
      // pg-boss orders by the time at which the transaction began; what counts is when the message is stored.
      if (receiver.options.key) {
        const touched = `UPDATE ${this.schema}.job SET created_on = clock_timestamp() WHERE name = $1 AND id = ANY($2::uuid[])`;
        await db.executeSql(touched, [receiver.queue, jobs.map(({ id }) => id)]);
      }
    }
  }
}

function termsOf({ delayMs, keepMs }: DurableOptions, key: string | undefined): Omit<JobInsert, 'data' | 'id'> {
  return {
    ...(delayMs && { startAfter: `${delayMs} milliseconds` }),
    ...(keepMs !== undefined && { retentionSeconds: Math.ceil(keepMs / 1000) }),
    ...(key !== undefined && { singletonKey: key === '' ? ' ' : key }),
  };
}
