import { type Encoded, SignalError, type StoredEntities, type StoredEntity } from '../../core/index.js';
import { isTagged, TAG, type Tagged, unpacked } from './encoded.js';

type Rebuilding = Pick<StoredEntities, 'rebuild'>;

export interface Decoded {
  readonly payload: object;
  /** The row of an entity is gone: it was made from its snapshot. */
  readonly missing: boolean;
}

/** Makes a payload of what was stored of it. Entities are loaded into the current unit of work. */
export async function decodePayload(stored: Encoded, entities: StoredEntities): Promise<Decoded> {
  const encoded = unpacked(stored);
  const found = new Map<object, object>();
  let missing = false;
  // One after another: an EntityManager cannot be used concurrently.
  for (const value of storedEntitiesIn(encoded)) {
    const entity = storedEntityOf(value, found);
    const loaded = await entities.load(entity);
    missing ||= loaded === undefined;
    found.set(value, loaded ?? rebuilt(entity, entities));
  }
  return { payload: decode(encoded, found) as object, missing };
}

/** Makes a value of what was stored of it, with entities as they were then; no unit of work knows them. */
export function decodeDetached(stored: Encoded, entities: Rebuilding | undefined): unknown {
  const encoded = unpacked(stored);
  const found = new Map<object, object>();
  for (const value of storedEntitiesIn(encoded)) {
    found.set(value, rebuilt(storedEntityOf(value, found), entities));
  }
  return decode(encoded, found);
}

function storedEntityOf(value: Record<string, Encoded>, found: ReadonlyMap<object, object>): StoredEntity {
  const members: object = decodeMembers(value, found);
  return members as StoredEntity;
}

/** Looks where the encoder puts values only: an object that merely looks like an entity is data. */
function storedEntitiesIn(value: Encoded, found: Record<string, Encoded>[] = []): Record<string, Encoded>[] {
  if (typeof value !== 'object' || value === null) return found;
  if (!isTagged(value)) for (const member of Object.values(value)) storedEntitiesIn(member, found);
  else if (value[TAG] === 'entity') found.push(value.v as Record<string, Encoded>);
  else if (typeof value.v === 'object' && value.v !== null)
    for (const member of Object.values(value.v)) storedEntitiesIn(member, found);
  return found;
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

function rebuilt(stored: StoredEntity, entities: Rebuilding | undefined): object {
  const entity = entities?.rebuild(stored);
  if (entity) return entity;
  throw unreadable(
    `it holds the entity ${stored.entity}, which is not known here`,
    'keep the class of the entity, or its name.',
  );
}

function unreadable(why: string, fix: string): SignalError {
  return new SignalError('PAYLOAD_INVALID', {
    what: `A stored payload cannot be read: ${why}.`,
    at: 'the delivery of a durable message',
    fix,
  });
}
