import type { EntityMetadata } from '@mikro-orm/core';
import {
  type Channel,
  type ConnectionRecord,
  nameOf,
  SignalError,
  type SignalClass,
  type SignalSource,
} from '../core/index.js';
import { PostInit, PostLoad } from './loading/loading-signals.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';
import type { OrmWatch } from './orm-watch.js';
import { EntityPrepared } from './starting/starting-signals.js';
import { PostBulkWrite, PreBulkWrite } from './writes/bulk-signals.js';
import { PostUpsert, PreUpsert } from './writes/upsert-signals.js';

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
    const isBulk = signal === PreBulkWrite || signal === PostBulkWrite;
    if (!isBulk || [...this.orms].some(({ orm }) => 'sendsBulkSignals' in orm.em)) return undefined;
    return 'no MikroORM has `entityManager: withBulkSignals(EntityManager)`';
  }

  connected({ signal }: Channel): void {
    if (signal === PostInit || signal === PostLoad) for (const watch of this.orms) watch.watchLoads();
  }

  check(channel: Channel, record: ConnectionRecord): void {
    const at = record.whereIn(channel.name);
    if (channel.signal === PostInit && record.isAsync) throw mustBeSynchronous(record.uid, at);
    const { senders, includeSubclasses, fields = [] } = record.terms;
    const asked = senders.map(sender => this.entity(sender) ?? notAnEntity(sender, channel.name, at));
    const silent = includeSubclasses ? undefined : asked.find(meta => meta.abstract || meta.embeddable);
    if (silent) throw neverSent(silent, channel.name, at);
    const hearing = senders.length > 0 ? asked : this.entities();
    const unknown = fields.find(field => !hearing.some(meta => hasField(meta, field)));
    if (unknown !== undefined) throw unknownField(unknown, hearing, channel.name, at);
  }

  private entity(sender: unknown): EntityMetadata | undefined {
    return this.entities().find(meta => meta.class === sender);
  }

  private entities(): EntityMetadata[] {
    return [...this.orms].flatMap(({ orm }) => [...orm.getMetadata().getAll().values()]);
  }
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

function notAnEntity(sender: unknown, signal: string, at: string): never {
  throw new SignalError('SENDER_NOT_AN_ENTITY', {
    what: `${nameOf(sender)} is not an entity, so ${signal} is never sent by it.`,
    at,
    fix: 'give a class that MikroORM knows as `sender`; is it listed in `entities`?',
  });
}

function neverSent({ className, embeddable }: EntityMetadata, signal: string, at: string): SignalError {
  return new SignalError('SENDER_NOT_AN_ENTITY', {
    what: `${className} is ${embeddable ? 'an embeddable' : 'abstract'}, so ${signal} is never sent by it.`,
    at,
    fix: embeddable ? 'ask for the entity that it is embedded in.' : 'add `includeSubclasses: true`.',
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
