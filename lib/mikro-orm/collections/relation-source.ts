import {
  type Channel,
  type ConnectionRecord,
  nameOf,
  SignalError,
  type SignalErrorCode,
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
      const hasNoEntity = sender instanceof Through && (sender.entity as unknown) === undefined;
      if (hasNoEntity) throw senderUndefined(name, nameOf(sender), at);
      const refusal = this.refusalOf(sender);
      if (!refusal) continue;
      const [is, fix, code = 'SENDER_NOT_AN_ENTITY'] = refusal;
      throw new SignalError(code, { what: `${is}, so ${name} is never sent by it.`, at, fix });
    }
  }

  /** Returns why a sender is none of the relations. */
  private refusalOf(sender: unknown): [is: string, fix: string, code?: SignalErrorCode] | undefined {
    const isNone = `${nameOf(sender)} is not a many-to-many relation`;
    if (!(sender instanceof Through)) return [isNone, "give `through(Entity, 'property')` as `sender`."];
    const meta = this.relations.metaOf(sender.entity);
    if (!meta) return [`The entity of ${nameOf(sender)} is not known to MikroORM`, 'list it in `entities`.'];
    if (this.relations.canonical(sender)) return undefined;
    const known = meta.relations.filter(({ kind }) => kind === 'm:n').map(({ name }) => name);
    const none = `leave it out: ${meta.className} has no many-to-many relation.`;
    return [isNone, known.length > 0 ? `use one of ${known.join(', ')}.` : none, 'UNKNOWN_FIELD'];
  }
}
