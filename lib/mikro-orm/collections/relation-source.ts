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
    if (!this.relations.areKnown) return;
    for (const sender of record.terms.senders) {
      const at = record.whereIn(name);
      const through = sender instanceof Through ? sender : undefined;
      if (through && (through.entity as unknown) === undefined) throw senderUndefined(name, nameOf(sender), at);
      if (through && this.relations.canonical(through)) continue;
      const meta = through && this.relations.metaOf(through.entity);
      const [is, fix] = whyNot(sender, meta);
      const what = `${is}, so ${name} is never sent by it.`;
      throw new SignalError(meta ? 'UNKNOWN_FIELD' : 'SENDER_NOT_AN_ENTITY', { what, at, fix });
    }
  }
}

/** @param meta - of its entity, if it has one that MikroORM knows. */
function whyNot(sender: unknown, meta: EntityMetadata | undefined): [is: string, fix: string] {
  const isNone = `${nameOf(sender)} is not a many-to-many relation`;
  if (!(sender instanceof Through)) return [isNone, "give `through(Entity, 'property')` as `sender`."];
  if (!meta) return [`The entity of ${nameOf(sender)} is not known to MikroORM`, 'list it in `entities`.'];
  const known = meta.relations.filter(({ kind }) => kind === 'm:n').map(({ name }) => name);
  const none = `leave it out: ${meta.className} has no many-to-many relation.`;
  return [isNone, known.length > 0 ? `use one of ${known.join(', ')}.` : none];
}
