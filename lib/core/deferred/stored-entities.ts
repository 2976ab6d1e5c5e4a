/** What is stored of an entity. */
export interface StoredEntity {
  /** The name of its class. */
  readonly entity: string;
  /** The context name of its MikroORM. */
  readonly using: string;
  readonly schema?: string;
  /** Its primary key, with its parts in order. Empty where it has none. */
  readonly key: readonly unknown[];
  /** What could be read of it, `hidden` properties left out. */
  readonly snapshot: Readonly<Record<string, unknown>>;
}

/** What stored payloads need to know of entities; MikroORM's room provides it. */
export interface StoredEntities {
  /** What an object is as an entity; undefined for what is none. */
  store(value: object): StoredEntity | undefined;
  /** Whether it has been given a primary key by now; a new one has none until it is flushed. */
  keyOf(value: object): readonly unknown[];
  /** The entity as it is now, in the current unit of work; undefined when its row is gone. */
  load(stored: StoredEntity): Promise<object | undefined>;
  /** The entity as it was stored; no unit of work knows it. Undefined when there is no such class. */
  rebuild(stored: StoredEntity): object | undefined;
  /** What of a payload about an entity may be stored: without the values of `hidden` properties. */
  storable(payload: object, sender: unknown): object;
  /** The class of this name. */
  classNamed(name: string): unknown;
}
