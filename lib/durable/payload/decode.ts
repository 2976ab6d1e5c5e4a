import { type Encoded, SignalError, type StoredEntities, type StoredEntity } from '../../core/index.js';
import { isTagged, TAG, unpacked } from './encoded.js';

type Rebuilding = Pick<StoredEntities, 'rebuild'>;

type Members = Readonly<Record<string, Encoded>>;

/** Finds the entity that was stored with these members. */
type EntityOf = (members: Members) => unknown;

interface Decoded {
  readonly payload: object;
  /** The row of an entity is gone: it was made from its snapshot. */
  readonly missing: boolean;
}

/** Makes a payload of what was stored of it. Entities are loaded into the current unit of work. */
export async function decodePayload(stored: Encoded, entities: StoredEntities): Promise<Decoded> {
  const encoded = unpacked(stored);
  const found = new Map<Members, object>();
  let missing = false;
  // One after another: an EntityManager cannot be used concurrently.
  for (const members of storedEntitiesIn(encoded)) {
    const entity = storedEntityOf(members);
    const loaded = await entities.load(entity);
    missing ||= loaded === undefined;
    found.set(members, loaded ?? rebuilt(entity, entities));
  }
  return { payload: decode(encoded, members => found.get(members)) as object, missing };
}

/** Makes a value of what was stored of it, with entities as they were then; no unit of work knows them. */
export function decodeDetached(stored: Encoded, entities: Rebuilding | undefined): unknown {
  return decode(unpacked(stored), members => rebuilt(storedEntityOf(members), entities));
}

/** The snapshot of an entity holds no other. */
function storedEntityOf(members: Members): StoredEntity {
  const decoded: object = decodeMembers(members, () => undefined);
  return decoded as StoredEntity;
}

/** Looks where the encoder puts values only: an object that merely looks like an entity is data. */
function storedEntitiesIn(value: Encoded, found: Members[] = []): Members[] {
  if (typeof value !== 'object' || value === null) return found;
  if (!isTagged(value)) for (const member of Object.values(value)) storedEntitiesIn(member, found);
  else if (value[TAG] === 'entity') found.push(value.v as Members);
  else if (typeof value.v === 'object' && value.v !== null)
    for (const member of Object.values(value.v)) storedEntitiesIn(member, found);
  return found;
}

function decode(value: Encoded, entityOf: EntityOf): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(item => decode(item, entityOf));
  if (!isTagged(value)) return decodeMembers(value, entityOf);
  const { [TAG]: kind, v } = value;
  const read = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  // The encoder has made it for this kind.
  if (read) return read(v as never, entityOf);
  throw unreadable(`it holds a '${kind}'`, 'let the newer version of the application deliver it.');
}

function decodeMembers(members: Members, entityOf: EntityOf): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, decode(member, entityOf)]));
}

type Reader = (value: never, entityOf: EntityOf) => unknown;

/** How what JSON cannot say is read, by the kind of value. */
const READERS: Readonly<Record<string, Reader>> = {
  text: (value: string) => Buffer.from(value, 'base64').toString('utf16le'),
  number: (value: string) => Number(value),
  bigint: (value: string) => BigInt(value),
  undefined: () => undefined,
  date: (value: string | null) => new Date(value ?? Number.NaN),
  bytes: (value: string) => new Uint8Array(Buffer.from(value, 'base64')),
  map: (value: Encoded, entityOf) => new Map(decode(value, entityOf) as [unknown, unknown][]),
  set: (value: Encoded, entityOf) => new Set(decode(value, entityOf) as unknown[]),
  object: decodeMembers,
  entity: (value: Members, entityOf) => entityOf(value),
};

function rebuilt(stored: StoredEntity, entities: Rebuilding | undefined): object {
  const entity = entities?.rebuild(stored);
  if (entity) return entity;
  const why = `it holds the entity ${stored.entity}, which is not known here`;
  throw unreadable(why, 'keep the class of the entity, or its name.');
}

/** Returns the error for a stored payload that cannot be read. */
export function unreadable(why: string, fix: string): SignalError {
  return new SignalError('PAYLOAD_INVALID', {
    what: `A stored payload cannot be read: ${why}.`,
    at: 'the delivery of a durable message',
    fix,
  });
}
