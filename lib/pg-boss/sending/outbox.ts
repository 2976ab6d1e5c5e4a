import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import {
  classOf,
  type DeferredMessage,
  type DurableOptions,
  type KnownEntityManager,
  nameOf,
  SentMessage,
  type StoredEntities,
} from '../../core/index.js';
import { PayloadEncoder } from '../payload/encode.js';
import type { DurableReceivers } from '../receivers.js';
import type { StoredMessage, StoredSender } from '../stored-message.js';
import { TimeOrderedIds } from '../time-ordered-id.js';

/** A job as it will be stored. */
export interface Prepared {
  readonly receiver: string;
  readonly job: Omit<JobInsert, 'data'> & { readonly id: string; readonly data: StoredMessage };
  readonly encoder: PayloadEncoder;
}

/** Makes jobs of messages, and stores them in the transaction of who has sent them. */
export class Outbox {
  private readonly ids = new TimeOrderedIds();

  constructor(
    private readonly receivers: DurableReceivers,
    private readonly schema: string,
  ) {}

  prepare(message: DeferredMessage, options: DurableOptions, entities: StoredEntities): Prepared {
    const { sending, record } = message;
    const { channel } = sending;
    const where = { signal: channel.name, receiver: record.uid, at: record.whereIn(channel.name) };
    const encoder = new PayloadEncoder(entities, where);
    const shown = options.payload || options.key ? new SentMessage(sending, record) : undefined;
    const chosen = options.payload?.(message.payload as never, shown!);
    const key = options.key?.(message.payload as never, shown!);
    const version = versionOf(channel.signal);
    const { em, causedBy, context } = sending;
    const data: StoredMessage = {
      signal: channel.name,
      id: sending.id,
      payload: encoder.encode(chosen ?? entities.storable(message.payload, sending.sender)),
      ...(chosen && { isChosen: true }),
      ...(version !== 1 && { version }),
      ...senderOf(sending.sender),
      ...(Object.keys(context).length > 0 && { context: encoder.encode(context, 'context') }),
      ...(causedBy !== undefined && { causedBy }),
      ...(em?.schema !== undefined && { schema: em.schema }),
    };
    return { receiver: record.uid, job: { id: this.ids.next(), data, ...termsOf(options, key) }, encoder };
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

/** @see StoredMessage */
export function versionOf(signal: object): number {
  return (signal as { version?: number }).version ?? 1;
}

function termsOf({ delayMs, keepMs }: DurableOptions, key: string | undefined): Omit<JobInsert, 'data' | 'id'> {
  return {
    ...(delayMs && { startAfter: `${delayMs} milliseconds` }),
    ...(keepMs !== undefined && { retentionSeconds: Math.ceil(keepMs / 1000) }),
    ...(key !== undefined && { singletonKey: key === '' ? ' ' : key }),
  };
}

function senderOf(sender: unknown): { sender?: StoredSender } {
  if (sender === undefined) return {};
  if (sender === null || typeof sender === 'string' || typeof sender === 'boolean')
    return { sender: { value: sender } };
  if (typeof sender === 'number') return { sender: { value: sender } };
  const type = classOf(sender);
  return { sender: { className: typeof type === 'function' ? type.name : nameOf(sender) } };
}
