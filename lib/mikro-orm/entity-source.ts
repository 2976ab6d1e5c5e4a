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
import { PostInit } from './loading/loading-signals.js';
import type { OrmWatch } from './orm-watch.js';
import { propertyOf } from './properties.js';
import { modelSignals, NO_ORM } from './signals.js';

const BULK_WRITES: readonly SignalClass[] = modelSignals({ sentBy: 'bulk write' });
const LOADS: readonly SignalClass[] = modelSignals({ sentBy: 'load' });
/** The signals about rows that are written one by one. */
const WRITES: readonly SignalClass[] = [...modelSignals({ sentBy: 'flush' }), ...modelSignals({ sentBy: 'upsert' })];

/** The entities of an application as senders: it refuses receivers of model signals that could never be called. */
export class EntitySource implements SignalSource {
  readonly signals = modelSignals({ about: 'entities' });

  constructor(
    private readonly orms: Iterable<OrmWatch>,
    readonly start: () => void,
  ) {}

  lacks(signal: SignalClass): string | undefined {
    if ([...this.orms].length === 0) return NO_ORM;
    if (!BULK_WRITES.includes(signal) || [...this.orms].some(({ orm }) => 'sendsBulkSignals' in orm.em))
      return undefined;
    return 'no MikroORM has `entityManager: withBulkSignals(EntityManager)`';
  }

  connected({ signal }: Channel): void {
    if (LOADS.includes(signal)) for (const { loads } of this.orms) loads.watch();
  }

  check(channel: Channel, record: ConnectionRecord): void {
    const at = record.whereIn(channel.name);
    // In this case the application is warned that nothing is sent.
    if ([...this.orms].length === 0) return;
    if (channel.signal === PostInit && record.isAsync) throw mustBeSynchronous(record.uid, at);
    const { senders, includeSubclasses, fields = [] } = record.terms;
    const isSent = (meta: EntityMetadata) => hasRows(meta) && !(WRITES.includes(channel.signal) && isOnlyRead(meta));
    const entities = senders.map(sender => {
      const known = this.entities(sender, includeSubclasses);
      return known.some(isSent) ? known : neverSent(sender, this.entities(sender, true), channel.name, at);
    });
    const received = senders.length > 0 ? entities.flat() : this.entities();
    const unknown = fields.find(field => !received.some(meta => hasField(meta, field)));
    if (unknown !== undefined) throw unknownField(unknown, received, channel.name, at);
  }

  /** Returns the entities of the application, or those that a sender stands for. */
  private entities(sender?: unknown, includeSubclasses = false): EntityMetadata[] {
    const all = [...this.orms].flatMap(({ orm }) => [...orm.getMetadata().getAll().values()]);
    return all.filter(meta => sender === undefined || senderMatches(sender, meta.class, includeSubclasses));
  }
}

/** Returns whether the class itself has rows. */
function hasRows({ abstract, embeddable }: EntityMetadata): boolean {
  return !abstract && !embeddable;
}

/** Returns whether it is a view, or an entity that stands for a query: MikroORM writes nothing of it. */
function isOnlyRead({ virtual, view, expression }: EntityMetadata): boolean {
  return Boolean(virtual || view || expression);
}

function hasField(meta: EntityMetadata, field: string): boolean {
  const prop = propertyOf(meta, field);
  return prop !== undefined && prop.embedded === undefined;
}

function mustBeSynchronous(uid: string, at: string): SignalError {
  return new SignalError('RECEIVER_IS_ASYNC', {
    what: `PostInit cannot wait for ${uid}, which is asynchronous: MikroORM makes objects synchronously.`,
    at,
    fix: 'make the receiver synchronous, or receive PostLoad.',
  });
}

/** @param below - the class itself, if MikroORM knows it, and the entities that extend it. */
function neverSent(sender: unknown, below: readonly EntityMetadata[], signal: string, at: string): never {
  const [is, fix] = kindOf(sender, below);
  const what = `${nameOf(sender)} is ${is}, so ${signal} is never sent by it.`;
  throw new SignalError('SENDER_NOT_AN_ENTITY', { what, at, fix });
}

function kindOf(sender: unknown, below: readonly EntityMetadata[]): [is: string, fix: string] {
  if (below.some(({ embeddable }) => embeddable))
    return ['an embeddable', 'ask for the entity that it is embedded in.'];
  if (below.some(meta => meta.class === sender && isOnlyRead(meta)))
    return ['a view, which is only read', 'ask for the entities that it reads from, or receive PostLoad.'];
  if (below.some(hasRows)) return ['abstract', 'add `includeSubclasses: true`.'];
  return ['not an entity', 'give a class that MikroORM knows as `sender`, or list it in `entities`.'];
}

function unknownField(field: string, entities: EntityMetadata[], signal: string, at: string): SignalError {
  const names = entities.map(({ className }) => className).join(', ');
  const known = entities.flatMap(meta => Object.keys(meta.properties).filter(name => hasField(meta, name)));
  return new SignalError('UNKNOWN_FIELD', {
    what: `A receiver of ${signal} asks for the field '${field}', which ${names} ${entities.length === 1 ? 'does' : 'do'} not have.`,
    at,
    fix: `use one of ${[...new Set(known)].join(', ')}.`,
  });
}
