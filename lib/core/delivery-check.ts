import type { Channel } from './connection/channel.js';
import type { ConnectionRecord } from './connection/connection.js';
import { SignalError } from './message/errors.js';

/** Refuses a connection whose delivery this application does not have, or could not carry out. */
export function checkDelivery(channel: Channel, record: ConnectionRecord): void {
  const { registry, name } = channel;
  // Outside an application; it is asked again when the signal has one.
  if (registry.isProvisional) return;
  const { delivery } = record.terms;
  if (delivery.needs && !registry.backends.has(delivery.needs.backend)) {
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `${record.uid} receives ${name} with the delivery '${delivery.name}', which this application does not have.`,
      at: record.whereIn(name),
      fix: delivery.needs.fix,
    });
  }
  delivery.check?.(channel, record);
}
