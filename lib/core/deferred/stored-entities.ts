import type { StoredRows } from './stored-rows.js';

/** An entity as a stored message has it. */
export interface StoredEntity {
  /** The name of its class. */
  readonly entity: string;
  /** The context name of its MikroORM. */
  readonly using: string;
  readonly schema?: string;
  /** Its primary key, with its parts in order. Empty where it has none. */
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
