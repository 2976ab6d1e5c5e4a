import { defineEntity, p } from '@mikro-orm/postgresql';

/** Old and new values by field; there is no old one when the row is new. */
export type AuditedChanges = Record<string, { from?: unknown; to: unknown }>;

const AuditEntrySchema = defineEntity({
  name: 'AuditEntry',
  properties: {
    id: p.integer().primary(),
    at: p.datetime().onCreate(() => new Date()),
    actor: p.string(),
    entity: p.string(),
    key: p.string(),
    // Not jsonb, which would sort the names.
    changes: p.json<AuditedChanges>().columnType('json'),
  },
});

/** Who changed what of which row. */
export class AuditEntry extends AuditEntrySchema.class {}
AuditEntrySchema.setClass(AuditEntry);
