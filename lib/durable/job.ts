import type { Encoded, KnownEntityManager, Tenant, TenantSettings, UnitsOfWork } from '../core/index.js';
import { decodeDetached } from './payload/decode.js';
import type { StoredMessage } from './stored-message.js';

/** A stored message that is being delivered. */
export interface Job {
  readonly id: string;
  readonly data: StoredMessage;
  /** How often it was taken again after it was taken first. */
  readonly retryCount: number;
  /** How often of these it was given back uncalled. */
  readonly returned?: number;
}

/** Returns the number of the attempt, from 1; a message that was given back before its call is not counted. */
export function attemptOf({ retryCount, returned = 0, data }: Job): number {
  return retryCount + 1 - returned - (data.returned ?? 0);
}

/** The tenant of a stored message. Messages of the first version know the schema of one MikroORM, which is `em`'s. */
export function restoredTenant(
  unitsOfWork: UnitsOfWork | undefined,
  { tenant, schema }: StoredMessage,
  em: KnownEntityManager | undefined,
): Tenant | undefined {
  if (tenant === undefined)
    return unitsOfWork?.restoreTenant(schema === undefined ? undefined : { [em?.name ?? 'default']: { schema } }, em);
  const decode = (value: Encoded | undefined) => value && decodeDetached(value, unitsOfWork?.entities);
  const settings = Object.entries(tenant).map(([name, { filters, session, ...known }]) => [
    name,
    { ...known, filters: decode(filters), session: decode(session) },
  ]);
  return unitsOfWork?.restoreTenant(Object.fromEntries(settings) as TenantSettings, em);
}

/** Messages that differ in it are not given to one call. */
export function tenantKeyOf({ tenant, schema }: StoredMessage): string {
  return JSON.stringify([tenant, schema]);
}
