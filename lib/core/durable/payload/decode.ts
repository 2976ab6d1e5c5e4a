import { SignalError } from '../../errors.js';
import type { StoredEntities, StoredEntity } from '../stored-entities.js';
import { type Encoded, TAG } from './encoded.js';

interface Tagged {
  readonly [TAG]: string;
  readonly v: Encoded;
}

export interface Decoded {
  readonly payload: object;
  /** The row of an entity is gone: it was made from its snapshot. */
  readonly missing: boolean;
}

/** Makes a payload of what was stored of it. Entities are loaded into the current unit of work. */
export async function decodePayload(encoded: Encoded, entities: StoredEntities): Promise<Decoded> {
  const found = new Map<object, object>();
  let missing = false;
  // One after another: an EntityManager cannot be used concurrently.
  for (const value of storedEntitiesIn(encoded)) {
    const stored = decodeMembers(value, found) as unknown as StoredEntity;
    const loaded = await entities.load(stored);
    missing ||= loaded === undefined;
    found.set(value, loaded ?? entities.rebuild(stored) ?? unknownEntity(stored));
  }
  return { payload: decode(encoded, found) as object, missing };
}

function* storedEntitiesIn(value: Encoded): Generator<Record<string, Encoded>> {
  if (typeof value !== 'object' || value === null) return;
  if (isTagged(value) && value[TAG] === 'entity') yield value.v as Record<string, Encoded>;
  else for (const member of Object.values(value)) yield* storedEntitiesIn(member);
}

function decode(value: Encoded, entities: ReadonlyMap<object, object>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => decode(item, entities));
  return isTagged(value) ? decodeTagged(value, entities) : decodeMembers(value, entities);
}

function decodeTagged({ [TAG]: kind, v }: Tagged, entities: ReadonlyMap<object, object>): unknown {
  switch (kind) {
    case 'text':
      return Buffer.from(v as string, 'base64').toString('utf16le');
    case 'number':
      return Number(v);
    case 'bigint':
      return BigInt(v as string);
    case 'undefined':
      return undefined;
    case 'date':
      return new Date(v === null ? Number.NaN : (v as string));
    case 'bytes':
      return new Uint8Array(Buffer.from(v as string, 'base64'));
    case 'map':
      return new Map(decode(v, entities) as [unknown, unknown][]);
    case 'set':
      return new Set(decode(v, entities) as unknown[]);
    case 'object':
      return decodeMembers(v as Record<string, Encoded>, entities);
    case 'entity':
      return entities.get(v as object);
    default:
      throw unreadable(`it holds a '${kind}'`, 'let the newer version of the application deliver it.');
  }
}

function decodeMembers(
  members: Readonly<Record<string, Encoded>>,
  entities: ReadonlyMap<object, object>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, decode(member, entities)]));
}

function isTagged(value: object): value is Tagged {
  return Object.hasOwn(value, TAG);
}

function unknownEntity({ entity }: StoredEntity): never {
  throw unreadable(`it holds a ${entity}, which is no entity here`, 'keep the class of the entity, or its name.');
}

function unreadable(why: string, fix: string): SignalError {
  return new SignalError('PAYLOAD_INVALID', {
    what: `A stored payload cannot be read: ${why}.`,
    at: 'the delivery of a durable message',
    fix,
  });
}
