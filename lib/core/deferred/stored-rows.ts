/** Stands beside the columns of a row whose entity is extended with table-per-type: the name of the table of its leaf, or null. */
export const ROW_LEAF = 'signals leaf';

/** A change of a row, as the database has noted it. */
export interface NotedRow {
  /** The context name of the MikroORM. */
  readonly using: string;
  readonly schema: string;
  readonly table: string;
  /** The columns as JSON, before and after the change. */
  readonly old: string | undefined;
  readonly new: string | undefined;
}

/** A change of a row in JavaScript values, by property. */
export interface ReadRow {
  readonly sender: object;
  readonly key: unknown;
  readonly old: Readonly<Record<string, unknown>> | undefined;
  readonly new: Readonly<Record<string, unknown>> | undefined;
  readonly changes: Readonly<Record<string, { readonly from?: unknown; readonly to: unknown }>>;
}

/** Reads rows that were noted outside of any unit of work; MikroORM's room provides it. */
export interface StoredRows {
  /** Returns undefined where no entity has the table. */
  read(row: NotedRow): ReadRow | undefined;
  /** Returns the one sender that stands for a relation, whichever side has named it; any other as it is. */
  senderKey(sender: unknown): unknown;
}
