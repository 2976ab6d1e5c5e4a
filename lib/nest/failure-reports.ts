import { deliver, ReceiverFailed, Sending, type SignalClass, type SignalRegistry } from '../core/index.js';

/** Sends `ReceiverFailed` for each failure of this application that reaches no caller. */
export function sendFailures(registry: SignalRegistry): void {
  const channel = registry.channel(ReceiverFailed);
  registry.failures.reporter = async ({ sending, record, message, error }) => {
    if (sending.channel === channel || !channel.hasAudience()) return;
    const sender: SignalClass = sending.channel.signal;
    const scope = registry.unitsOfWork?.fresh(sending.tenant);
    await deliver(new Sending(channel, sender, { receiver: record.uid, message, error }, {}, scope), true);
  };
}
