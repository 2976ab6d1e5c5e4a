import type { EntityMetadata } from '@mikro-orm/core';
import {
  type Channel,
  type ConnectionRecord,
  nameOf,
  senderMatches,
  SignalError,
  type SignalClass,
  type SignalSource,
} from '../core/index.js';
import { PostInit, PostLoad } from './loading/loading-signals.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';
import { NO_ORM } from './no-orm.js';
import type { OrmWatch } from './orm-watch.js';
import { EntityPrepared } from './starting/starting-signals.js';
import { PostBulkWrite, PreBulkWrite } from './writes/bulk-signals.js';
import { PostUpsert, PreUpsert } from './writes/upsert-signals.js';

/** Signals about rows that are written. */
const WRITTEN: ReadonlySet<SignalClass> = new Set([PreSave, PostSave, PreDelete, PostDelete, PreUpsert, PostUpsert]);

/** Knows the entities of an application, and so which receivers of model signals could never be called. */
export class EntitySource implements SignalSource {
  readonly signals: SignalClass[] = [
    ...[PreSave, PostSave, PreDelete, PostDelete],
    ...[PostInit, PostLoad, EntityPrepared],
    ...[PreUpsert, PostUpsert, PreBulkWrite, PostBulkWrite],
  ];

  constructor(
    private readonly orms: Iterable<OrmWatch>,
    readonly start: () => void,
  ) {}

  lacks(signal: SignalClass): string | undefined {
    if ([...this.orms].length === 0) return NO_ORM;
    const isBulk = signal === PreBulkWrite || signal === PostBulkWrite;
    if (!isBulk || [...this.orms].some(({ orm }) => 'sendsBulkSignals' in orm.em)) return undefined;
    return 'no MikroORM has `entityManager: withBulkSignals(EntityManager)`';
  }

  connected({ signal }: Channel): void {
    if (signal === PostInit || signal === PostLoad) for (const watch of this.orms) watch.watchLoads();
  }

  check(channel: Channel, record: ConnectionRecord): void {
    const at = record.whereIn(channel.name);
    // The warning that nothing is sent says it all.
    if ([...this.orms].length === 0) return;
    if (channel.signal === PostInit && record.isAsync) throw mustBeSynchronous(record.uid, at);
    const { senders, includeSubclasses, fields = [] } = record.terms;
    const isSent = (meta: EntityMetadata) => hasRows(meta) && !(WRITTEN.has(channel.signal) && isOnlyRead(meta));
    const asked = senders.map(sender => {
      const known = this.entities(sender, includeSubclasses);
      return known.some(isSent) ? known : neverSent(sender, this.entities(sender, true), channel.name, at);
    });
    const hearing = senders.length > 0 ? asked.flat() : this.entities();
    const unknown = fields.find(field => !hearing.some(meta => hasField(meta, field)));
    if (unknown !== undefined) throw unknownField(unknown, hearing, channel.name, at);
  }

  /** The entities of the application, or those that a sender stands for. */
  private entities(sender?: unknown, includeSubclasses?: boolean): EntityMetadata[] {
    const all = [...this.orms].flatMap(({ orm }) => [...orm.getMetadata().getAll().values()]);
    if (sender === undefined) return all;
    return all.filter(meta => meta.class === sender || (includeSubclasses && senderMatches(sender, meta.class, true)));
  }
}

/** Whether there are rows of the class itself. */
function hasRows({ abstract, embeddable }: EntityMetadata): boolean {
  return !abstract && !embeddable;
}

/** A view, or an entity that stands for a query: MikroORM writes nothing of it. */
function isOnlyRead({ virtual, view, expression }: EntityMetadata): boolean {
  return Boolean(virtual || view || expression);
}

function hasField(meta: EntityMetadata, field: string): boolean {
  const prop = meta.properties[field as never] as { embedded?: unknown } | undefined;
  return prop !== undefined && prop.embedded === undefined;
}

function mustBeSynchronous(uid: string, at: string): SignalError {
  return new SignalError('RECEIVER_IS_ASYNC', {
    what: `PostInit cannot wait for ${uid}, which is asynchronous: MikroORM makes objects synchronously.`,
    at,
    fix: 'make the receiver synchronous, or receive PostLoad.',
  });
}

/** @param below - the class itself, where MikroORM knows it, and the entities that extend it. */
function neverSent(sender: unknown, below: readonly EntityMetadata[], signal: string, at: string): never {
  const isEmbeddable = below.some(({ embeddable }) => embeddable);
  const isView = below.some(meta => meta.class === sender && isOnlyRead(meta));
  const isAbstract = !isView && below.some(hasRows);
  const is = isEmbeddable
    ? 'an embeddable'
    : isView
      ? 'a view, which is only read'
      : isAbstract
        ? 'abstract'
        : 'not an entity';
  throw new SignalError('SENDER_NOT_AN_ENTITY', {
    what: `${nameOf(sender)} is ${is}, so ${signal} is never sent by it.`,
    at,
    fix: isEmbeddable
      ? 'ask for the entity that it is embedded in.'
      : isView
        ? 'ask for the entities that it reads from, or receive PostLoad.'
        : isAbstract
          ? 'add `includeSubclasses: true`.'
          : 'give a class that MikroORM knows as `sender`; is it listed in `entities`?',
  });
}

function unknownField(field: string, entities: EntityMetadata[], signal: string, at: string): SignalError {
  const names = entities.map(({ className }) => className).join(', ');
  const known = entities.flatMap(meta => Object.keys(meta.properties).filter(name => hasField(meta, name)));
  return new SignalError('UNKNOWN_FIELD', {
    what: `A receiver of ${signal} asks for the field '${field}', which ${names} does not have.`,
    at,
    fix: `use one of ${[...new Set(known)].join(', ')}.`,
  });
}
