import type { Channel } from '../connection/channel.js';
import type { ConnectionRecord } from '../connection/connection.js';
import { type AmbientContext, withChanges } from '../dispatch/ambient-context.js';
import type { Sending } from '../dispatch/sending.js';
import { SentMessage } from '../dispatch/sent-message.js';
import type { Moment } from '../message/delivery.js';
import { getOrInsert } from '../message/get-or-insert.js';
import type { SignalResponse } from '../message/response.js';
import type { Carrier } from '../message/observation.js';
import type { Tenant } from '../message/tenant.js';
import type {
  CapturingContext,
  DeferredMessage,
  DeferringApplication,
  DeferringDelivery,
  Transaction,
} from './transaction.js';

/**
 * Keeps a message for a receiver that has it later, or has it delivered at once where no transaction can keep it.
 *
 * @returns what the send waits for.
 * @throws {SignalError} `RECURSION_LIMIT`
 */
export function defer(application: DeferringApplication, sending: Sending, record: ConnectionRecord): unknown {
  const message = new KeptMessage(application, sending, record);
  const { delivery } = message;
  // Only what has a moment is deferred.
  if (message.keep(delivery.moment!)) return undefined;
  sending.current = record;
  if (!delivery.store) return delivery.atOnce?.(message);
  if (sending.unstored instanceof UnstoredMessages) sending.unstored.add(message);
  else sending.unstored = new UnstoredMessages(sending, message);
  return undefined;
}

class KeptMessage implements DeferredMessage {
  readonly payload: object;
  readonly coalesced: string | undefined;
  readonly tenant: Tenant | undefined;
  readonly ambient: AmbientContext;
  readonly prepared: unknown;
  declare carrier?: Carrier | undefined;

  constructor(
    readonly application: DeferringApplication,
    readonly sending: Sending,
    readonly record: ConnectionRecord,
  ) {
    this.payload = sending.copy;
    this.tenant = sending.tenant;
    this.ambient = laterAmbient(sending);
    this.coalesced = record.terms.coalesce?.(this.payload, new SentMessage(sending, record));
    this.prepared = this.delivery.prepare?.(this);
  }

  /** Keeps it until this moment of the transaction that it was sent in. False where there is none, or it has passed. */
  keep(moment: Moment): boolean {
    const { transaction } = this;
    if (!transaction?.keep(moment, this)) return false;
    const { capture }: CapturingContext = this.ambient;
    capture?.add(this, transaction);
    return true;
  }

  get delivery(): DeferringDelivery {
    return this.record.terms.delivery;
  }

  get transaction(): Transaction | undefined {
    return this.application.unitsOfWork?.transactionOf(this.sending);
  }
}

/**
 * Returns the context in which the receivers of a send run that run later. Shared by what is sent in one context, one after
 * another.
 *
 * @throws {SignalError} `RECURSION_LIMIT`
 */
function laterAmbient({ ambient: current, channel, registry }: Sending): AmbientContext {
  const ambient = current ?? registry.contexts.none;
  ambient.later ??= new Map<Channel, AmbientContext>();
  return getOrInsert(ambient.later, channel, () => {
    const path = registry.nesting.extend(ambient.path ?? [], channel);
    return withChanges(ambient, { path, cause: undefined });
  });
}

/** Messages of one send that no transaction has kept, for its end: each backend stores all of its own at once. */
class UnstoredMessages {
  private readonly messages: DeferredMessage[];

  constructor(
    private readonly sending: Sending,
    first: DeferredMessage,
  ) {
    this.messages = [first];
  }

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
