import type { EntityMetadata } from '@mikro-orm/core';
import {
  type Channel,
  type ConnectionRecord,
  nameOf,
  SignalError,
  senderUndefined,
  type SignalSource,
} from '../../core/index.js';
import { modelSignals, NO_ORM } from '../signals.js';
import type { Relations } from './relations.js';
import { Through } from './through.js';

/** The many-to-many relations of an application as senders: it refuses receivers that could never be called. */
export class RelationSource implements SignalSource {
  readonly signals = modelSignals({ about: 'relations' });

  constructor(private readonly relations: Relations) {}

  lacks(): string | undefined {
    return this.relations.areKnown ? undefined : NO_ORM;
  }

  senderKey(sender: unknown): unknown {
    return this.relations.senderKey(sender);
  }

  check({ name }: Channel, record: ConnectionRecord): void {
    const at = record.whereIn(name);
    if (!this.relations.areKnown) return;
    for (const sender of record.terms.senders) {
      if (!(sender instanceof Through)) throw notARelation(sender, name, at);
      if ((sender.entity as unknown) === undefined) throw senderUndefined(name, nameOf(sender), at);
      const meta = this.relations.metaOf(sender.entity);
      if (!meta) throw notAnEntity(sender, name, at);
      if (!this.relations.canonical(sender)) throw notManyToMany(sender, meta, name, at);
    }
  }
}

function notARelation(sender: unknown, signal: string, at: string): SignalError {
  return new SignalError('SENDER_NOT_AN_ENTITY', {
    what: `${nameOf(sender)} is not a many-to-many relation, so ${signal} is never sent by it.`,
    at,
    fix: "give `through(Entity, 'property')` as `sender`.",
  });
}

function notAnEntity(sender: Through, signal: string, at: string): SignalError {
  return new SignalError('SENDER_NOT_AN_ENTITY', {
    what: `The entity of ${nameOf(sender)} is not known to MikroORM, so ${signal} is never sent by it.`,
    at,
    fix: 'list it in `entities`.',
  });
}

function notManyToMany(sender: Through, meta: EntityMetadata, signal: string, at: string): SignalError {
  const known = meta.relations.filter(({ kind }) => kind === 'm:n').map(({ name }) => name);
  return new SignalError('UNKNOWN_FIELD', {
    what: `${nameOf(sender)} is not a many-to-many relation, so ${signal} is never sent by it.`,
    at,
    fix:
      known.length > 0
        ? `use one of ${known.join(', ')}.`
        : `leave it out: ${meta.className} has no many-to-many relation.`,
  });
}
