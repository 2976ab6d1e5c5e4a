import {
  type Channel,
  frozenContext,
  type KnownEntityManager,
  Sending,
  type SignalContext,
  type Tenant,
  type UnitsOfWork,
} from '../core/index.js';
import type { NotedChange } from './row-change-table.js';
import type { RowChangedPayload } from './row-changed.js';

const NO_CONTEXT: Readonly<SignalContext> = Object.freeze({});

/** The send of a change in the place of the code that made it: with its context, and the schema of the table. */
export class RowSending extends Sending {
  private constructor(
    channel: Channel,
    sender: object,
    private readonly change: RowChangedPayload,
    em: KnownEntityManager,
    private readonly ofTable: Tenant,
  ) {
    super(channel, sender, change, { em });
  }

  /** Reads a change as it was noted. An error where no entity has its table. */
  static of(noted: NotedChange, channel: Channel, em: KnownEntityManager, unitsOfWork: UnitsOfWork): RowSending {
    const { table_schema: schema, table_name: table, operation } = noted;
    const { name: using } = em;
    const place = { using, schema, table };
    const read = unitsOfWork.entities.rows.read({ ...place, old: noted.old ?? undefined, new: noted.new ?? undefined });
    if (!read) throw new Error(`no entity has the table ${schema}.${table}`);
    const { sender, ...values } = read;
    const by = contextOf(noted.context);
    const changedAt = new Date(Number(noted.changed_at));
    const payload = { operation, ...values, by, transactionId: noted.transaction_id, changedAt, using, schema };
    return new RowSending(channel, sender, payload, em, unitsOfWork.restoreTenant({ [using]: { schema } }, em));
  }

  override get context(): Readonly<SignalContext> {
    return this.change.by ?? NO_CONTEXT;
  }

  override captureContext(): void {}

  override get tenant(): Tenant {
    return this.ofTable;
  }
}

/** The context of the code that wrote a row; null for what is no object of JSON, because every session may set the variable. */
function contextOf(text: string | null): RowChangedPayload['by'] {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isContext = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isContext ? frozenContext({ ...value }) : null;
  } catch {
    return null;
  }
}
