import type { EntityMetadata } from '@mikro-orm/core';
import {
  type Channel,
  type ConnectionRecord,
  nameOf,
  senderMatches,
  SignalError,
  type SignalRegistry,
  type SignalSource,
} from '../core/index.js';
import { DurableDelivery } from '../durable/index.js';
import { parentsOf } from './family.js';
import { RowChanged } from './row-changed.js';
import { rowSignalsOf } from './row-signals.js';
import { hasRowSignals, rowTriggersOf } from './row-triggers.js';

/** The entities whose rows are signalled as senders: it refuses receivers that could never be called. */
export class RowSource implements SignalSource {
  readonly signals = [RowChanged];

  constructor(
    private readonly registry: SignalRegistry,
    /** The entities of the database that keeps the jobs; undefined where there is none. */
    private readonly metas: () => readonly EntityMetadata[] | undefined,
  ) {}

  senderKey(sender: unknown): unknown {
    return this.registry.unitsOfWork?.entities.rows.senderKey(sender) ?? sender;
  }

  check({ name }: Channel, record: ConnectionRecord): void {
    const at = record.whereIn(name);
    const { senders, includeSubclasses, delivery, fields = [] } = record.terms;
    if (!(delivery instanceof DurableDelivery)) throw notDurable(record.uid, delivery.name, at);
    const metas = this.metas();
    if (!metas) return;
    const received = senders.map(sender => {
      const known = tablesOf(sender, metas, includeSubclasses);
      return known.some(meta => hasRowSignals(meta) && !meta.abstract) ? known : neverSent(sender, known, at);
    });
    const all = senders.length > 0 ? received.flat() : metas.filter(hasRowSignals);
    const unknown = fields.find(field => !all.some(meta => sends(meta, field)));
    if (unknown !== undefined) throw unknownField(unknown, all, at);
  }
}

/** The entities that a sender stands for: a class, or a relation with its pivot table. */
function tablesOf(sender: unknown, metas: readonly EntityMetadata[], includeSubclasses: boolean): EntityMetadata[] {
  const { entity, property } = sender as { entity?: unknown; property?: string };
  if (typeof sender === 'object' && property !== undefined) {
    const pivot = metas.find(meta => meta.class === entity)?.properties[property]?.pivotEntity;
    return metas.filter(meta => meta.class === pivot);
  }
  return metas.filter(meta => senderMatches(sender, meta.class, includeSubclasses));
}

/** Whether all columns of a property are sent. */
function sends(meta: EntityMetadata, field: string): boolean {
  const prop = meta.properties[field];
  if (!prop) return false;
  const sent = [meta, ...parentsOf(meta), meta.root].flatMap(one => rowTriggersOf(one)[0]?.columns.sent ?? []);
  const parts = prop.kind === 'embedded' && !prop.object ? Object.values(prop.embeddedProps) : [prop];
  return parts.some(({ fieldNames }) => fieldNames?.every(column => sent.includes(column)));
}

function notDurable(uid: string, delivery: string, at: string): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `${uid} receives RowChanged with the delivery '${delivery}': a change comes from the database, after its COMMIT, so its receivers are durable.`,
    at,
    fix: 'give it `delivery: durable()` and a uid.',
  });
}

function neverSent(sender: unknown, known: readonly EntityMetadata[], at: string): never {
  const isMarked = known.some(meta => rowSignalsOf(meta) !== undefined);
  throw new SignalError('ROWS_NOT_SENT', {
    what: `No trigger notes the changes of ${nameOf(sender)}, so RowChanged is never sent by it.`,
    at,
    fix: known.some(hasRowSignals)
      ? 'it is abstract, so add `includeSubclasses: true`.'
      : isMarked
        ? 'add `discovery: { afterDiscovered: rowTriggers() }` to the configuration of MikroORM.'
        : known.length > 0
          ? 'put @RowSignals() on the entity, or `triggers: rowSignals()` into its schema, and make a migration.'
          : 'give an entity of the MikroORM that pgBoss({ contextName }) names, or through() of a relation of one.',
  });
}

function unknownField(field: string, metas: readonly EntityMetadata[], at: string): SignalError {
  const known = metas.flatMap(meta => Object.keys(meta.properties).filter(name => sends(meta, name)));
  return new SignalError('UNKNOWN_FIELD', {
    what: `A receiver of RowChanged asks for the field '${field}', which is not sent.`,
    at,
    fix: `use one of ${[...new Set(known)].join(', ')}.`,
  });
}
