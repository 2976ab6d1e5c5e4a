import type { ConnectionRecord } from '../connection/connection.js';
import type { Scope, Sending, SendUnits } from './sending.js';

/** Gives the inline receivers of a send the unit of work that they need. */
export function surround(sending: Sending, robust: boolean, records: readonly ConnectionRecord[]) {
  const { unitsOfWork } = sending.registry;
  if (!unitsOfWork || sending.scope || records.every(({ isDeferred }) => isDeferred)) return records;
  sending.scope = (robust ? unitsOfWork.robust(sending) : undefined) ?? scopeOf(sending, unitsOfWork);
  return records;
}

/** A synchronous send cannot wait until anything is written: what its receivers leave pending stays with the caller. */
function scopeOf({ isSync, options, sender }: Sending, unitsOfWork: SendUnits): Scope | undefined {
  if (options.em) return unitsOfWork.named(options.em, sender, isSync);
  return isSync ? undefined : unitsOfWork.around(sender);
}
