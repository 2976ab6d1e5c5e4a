import { type Encoded, plainOf, SignalError, type StoredEntities, type StoredEntity } from '../../core/index.js';
import { packed, TAG, tagged } from './encoded.js';

/** An entity that had no primary key when it was encoded: it is asked again when it is stored. */
interface Keyless {
  readonly entity: object;
  readonly stored: { key: Encoded };
}

const WHAT_MAY_BE_SENT =
  'send JSON, Date, bigint, Uint8Array, Map, Set and entities, or say what is stored: durable({ payload }).';

/** How deep a payload may be: most code that reads it again, here and elsewhere, is recursive. */
const DEEPEST = 1000;
/** PostgreSQL stores 255 MiB in one `jsonb`, and a character may take three bytes. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Makes JSON of a payload: of JSON, Date, bigint, Uint8Array, Map, Set and entities. */
export class PayloadEncoder {
  private readonly keyless: Keyless[] = [];
  private readonly enclosing = new Set<object>();
  private characters = 0;

  constructor(
    private readonly entities: StoredEntities,
    private readonly where: { readonly signal: string; readonly receiver: string; readonly at: string },
  ) {}

  /** @throws {SignalError} `PAYLOAD_NOT_SERIALIZABLE`, naming the path. */
  encode(value: unknown, path: string): Encoded {
    switch (typeof value) {
      case 'string':
        return this.counted(value, path);
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : tagged('number', String(value === 0 ? '-0' : value));
      case 'bigint':
        return tagged('bigint', this.counted(String(value), path));
      case 'undefined':
        return tagged('undefined', null);
      case 'object':
        return value === null ? null : this.within(value, path);
      case 'function':
      case 'symbol':
        throw this.refused(path, `a ${typeof value}`);
    }
  }

  /** The text that is stored, with the primary keys that entities have been given since. */
  pack(encoded: Encoded): Encoded {
    for (const { entity, stored } of this.keyless) {
      stored.key = this.entities.keyOf(entity).map((part, at) => this.encode(part, `key.${at}`));
    }
    this.keyless.length = 0;
    return packed(encoded);
  }

  /** Refuses a value that stands beside the payload, such as a key. */
  refused(path: string, what: string, fix = WHAT_MAY_BE_SENT): SignalError {
    const { signal, receiver, at } = this.where;
    const shown = path.length > 200 ? `${path.slice(0, 120)} ... ${path.slice(-60)}` : path;
    return new SignalError('PAYLOAD_NOT_SERIALIZABLE', {
      what: `${signal} cannot be stored for ${receiver}: ${shown} is ${what}.`,
      at,
      fix,
    });
  }

  private within(value: object, path: string): Encoded {
    if (this.enclosing.has(value)) throw this.refused(path, 'part of itself');
    if (this.enclosing.size >= DEEPEST) throw this.refused(path, `more than ${DEEPEST} levels deep`);
    this.enclosing.add(value);
    try {
      return this.encodeObject(value, path);
    } finally {
      this.enclosing.delete(value);
    }
  }

  private counted(text: string, path: string): string {
    this.characters += text.length;
    if (this.characters > MOST_CHARACTERS)
      throw this.refused(path, `beyond the ${MOST_CHARACTERS} characters of a message`);
    return text;
  }

  private encodeObject(value: object, path: string): Encoded {
    if (Array.isArray(value)) return Array.from(value, (item, at) => this.encode(item, `${path}[${at}]`));
    if (value instanceof Date) return tagged('date', Number.isNaN(value.getTime()) ? null : value.toISOString());
    if (value instanceof Uint8Array) return tagged('bytes', this.counted(Buffer.from(value).toString('base64'), path));
    if (value instanceof Map) {
      const entries = Array.from(value, ([key, item], at) => [
        this.encode(key, `${path} key ${at}`),
        this.encode(item, `${path}.get(${typeof key === 'object' ? `key ${at}` : String(key)})`),
      ]);
      return tagged('map', entries);
    }
    if (value instanceof Set) {
      const items = Array.from(value, (item, at) => this.encode(item, `${path} item ${at}`));
      return tagged('set', items);
    }
    return this.encodeInstance(value, path);
  }

  private encodeInstance(value: object, path: string): Encoded {
    const plain = plainOf(value);
    const prototype: unknown = Object.getPrototypeOf(plain);
    if (prototype === Object.prototype || prototype === null) return this.encodeMembers(plain, path);
    const entity = this.entities.store(value);
    if (entity) return this.encodeEntity(value, entity, path);
    throw this.refused(path, `an instance of ${(value.constructor as Function | undefined)?.name ?? 'a class'}`);
  }

  private encodeMembers(value: object, path: string): Encoded {
    const entries = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => {
        return [this.counted(key, path), this.encode(member, `${path}.${key}`)] as const;
      });
    const members = Object.fromEntries(entries);
    return Object.hasOwn(members, TAG) ? tagged('object', members) : members;
  }

  private encodeEntity(value: object, { snapshot, key, ...reference }: StoredEntity, path: string): Encoded {
    const stored = {
      ...reference,
      key: key.map((part, at) => this.encode(part, `${path} key ${at}`)),
      snapshot: this.encode(snapshot, path),
    };
    if (key.length === 0) this.keyless.push({ entity: value, stored });
    return tagged('entity', stored);
  }
}
