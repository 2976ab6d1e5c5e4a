import type { ConnectionRecord } from '../connection/connection.js';
import type { Sending } from '../dispatch/sending.js';
import type { SignalResponse } from '../message/message.js';
import { DeferredMessage, type DeferringApplication, type DeferringDelivery } from './transaction.js';

/**
 * Keeps a message for a receiver that has it later, or has it delivered at once where no transaction can keep it.
 *
 * @returns what the send waits for.
 * @throws {SignalError} `RECURSION_LIMIT`
 */
export function defer(application: DeferringApplication, sending: Sending, record: ConnectionRecord): unknown {
  const message = new DeferredMessage(application, sending, record);
  const { delivery } = message;
  // Only what has a moment is deferred.
  if (message.keep(delivery.moment!)) return undefined;
  sending.current = record;
  if (!delivery.store) return delivery.atOnce?.(message);
  sending.unstored ??= new UnstoredMessages(sending);
  return sending.unstored.add(message);
}

/** Messages of one send that no transaction has kept, for its end: each backend stores all of its own at once. */
class UnstoredMessages {
  private readonly messages: DeferredMessage[] = [];

  constructor(private readonly sending: Sending) {}

  add(message: DeferredMessage): void {
    this.messages.push(message);
  }

  async store(robust?: SignalResponse[]): Promise<void> {
    this.sending.registry.pendingSends.add(this.sending);
    for (const [delivery, some] of byNeed(this.messages)) {
      try {
        // Only these are added.
        await delivery.store!(some);
      } catch (reason) {
        if (!robust) throw reason;
        const failed = new Set(some.map(({ record }) => record.uid));
        for (const [at, { receiver }] of robust.entries()) {
          if (failed.has(receiver)) robust[at] = { receiver, status: 'rejected', reason };
        }
      }
    }
  }
}

/** Messages by what their deliveries need of the application, each with one of these deliveries. */
export function byNeed(
  messages: readonly DeferredMessage[],
): (readonly [DeferringDelivery, readonly DeferredMessage[]])[] {
  const groups = Map.groupBy(messages, ({ delivery }) => delivery.needs?.backend);
  return [...groups.values()].map(group => [group[0]!.delivery, group]);
}
