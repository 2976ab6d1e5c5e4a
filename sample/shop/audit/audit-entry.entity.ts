import { defineEntity, p } from '@mikro-orm/postgresql';

/** Old and new values by field; without an old one if the row is new. */
export type AuditedChanges = Record<string, { from?: unknown; to: unknown }>;

const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  properties: {
    id: p.integer().primary(),
    at: p.datetime().onCreate(() => new Date()),
    actor: p.string(),
    entity: p.string(),
    key: p.string(),
    // Not jsonb, because it would sort the names.
    changes: p.json<AuditedChanges>().columnType('json'),
  },
});

/** One change of a row: its values, and the customer who made it. */
export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry);
