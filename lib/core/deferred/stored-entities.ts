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

/** An entity as a stored message has it. */
export interface StoredEntity {
  /** The name of its class. */
  readonly entity: string;
  /** The context name of its MikroORM. */
  readonly using: string;
  readonly schema?: string;
  /** The primary key, with its parts in order; empty if the entity has none. */
  readonly key: readonly unknown[];
  /** The values that could be read of it, without `hidden` properties. */
  readonly snapshot: Readonly<Record<string, unknown>>;
}

/** Stores and loads the entities of payloads; MikroORM's room provides it. */
export interface StoredEntities {
  readonly rows: StoredRows;
  /** Returns an object as a stored entity; undefined if it is no entity. */
  store(value: object): StoredEntity | undefined;
  /** Whether it has been given a primary key by now; a new one has none until it is flushed. */
  keyOf(value: object): readonly unknown[];
  /** The entity as it is now, in the current unit of work; undefined when its row is gone. */
  load(stored: StoredEntity): Promise<object | undefined>;
  /** The entity as it was stored; no unit of work knows it. Undefined when there is no such class. */
  rebuild(stored: StoredEntity): object | undefined;
  /** Returns a payload about an entity without the values of `hidden` properties. */
  storable(payload: object, sender: unknown): object;
  /** The class of this name. */
  classNamed(name: string): unknown;
}
