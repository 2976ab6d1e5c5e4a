import {
  badOption,
  type Channel,
  type ConnectionRecord,
  type DeferredMessage,
  type DeferringApplication,
  type DeferringDelivery,
  DELIVERY,
  type DeliveryNeed,
  type GIVEN,
  type KnownEntityManager,
  observation,
  type ObservedMessage,
  SignalError,
} from '../core/index.js';
import { checkDurableOptions, type DurableOptions } from './durable-options.js';
import type { DurableJobs } from './durable-jobs.js';
import { checkVersion } from './payload-version.js';

/** Where the jobs of one application are kept. */
export const DURABLE: DeliveryNeed = {
  backend: Symbol('durable jobs'),
  fix: `say SignalsModule.forRoot({ durable: pgBoss() }), with pgBoss from 'nestjs-signals/pg-boss'.`,
};

/** The delivery that `durable()` makes. */
export class DurableDelivery<Stored = unknown> implements DeferringDelivery {
  declare readonly [GIVEN]: Stored;
  readonly [DELIVERY] = true;
  readonly name = 'durable';
  readonly moment = 'storing';
  readonly needs = DURABLE;

  /** @internal */
  constructor(
    /** The options that `durable()` was called with. */
    readonly options: DurableOptions,
  ) {}

  /** @internal */
  check(channel: Channel, record: ConnectionRecord): void {
    const { terms } = record;
    const at = record.whereIn(channel.name);
    if (terms.uid === undefined) throw uidRequired(channel.name, record, at);
    if (terms.once) {
      const why = `it receives ${channel.name} durably, and other machines would not know that it has received`;
      throw badOption({ name: record.uid, at: () => at }, 'once', why, 'leave it out.');
    }
    if (channel.traits.holdsRequest && !this.options.payload) throw holdsRequest(channel.name, record.uid, at);
    checkVersion(channel, at);
    durableJobs(channel.registry).add(channel, record, this.options);
  }

  /** @internal */
  prepare(message: DeferredMessage): unknown {
    return durableJobs(message.application).prepare(message, this.options);
  }

  /** @internal */
  store(messages: readonly DeferredMessage[], em?: KnownEntityManager): Promise<void> {
    const jobs = durableJobs(messages[0]!.application);
    return observation.store.start.hasSubscribers ? storeObserved(jobs, messages, em) : jobs.store(messages, em);
  }
}

/**
 * Stores the message with the data; a worker on any machine then runs the receiver, at least once.
 *
 * The job is written in the transaction that the message is sent in, just before COMMIT; outside of one the send opens
 * one. A worker runs the receiver in a transaction that also completes the job, so that what it writes happens once.
 * A call that fails is repeated with growing pauses; after `retryLimit` repetitions the message is dead, its error is
 * kept and `ReceiverFailed` is sent.
 *
 * The payload is stored as it is when it is sent: JSON, Date, bigint, Uint8Array, Map, Set and entities. A signal whose
 * payloads have a new shape says so with `static version = 2` and `static upgrade(payload: unknown, from: number)`, which
 * returns an older one in the new shape; the first version is 1.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`; at start `UID_REQUIRED`, `DELIVERY_NOT_AVAILABLE`, `PAYLOAD_INVALID`; at a send
 * `PAYLOAD_NOT_SERIALIZABLE`.
 */
export function durable<Payload = never>(options?: DurableOptions<Payload> & { payload?: undefined }): DurableDelivery;
export function durable<Payload, Stored extends object>(
  options: DurableOptions<Payload, Stored>,
): DurableDelivery<Stored>;
export function durable(options: DurableOptions = {}): DurableDelivery {
  checkDurableOptions(options);
  return new DurableDelivery({ ...options });
}

function storeObserved(
  jobs: DurableJobs,
  messages: readonly DeferredMessage[],
  em: KnownEntityManager | undefined,
): Promise<void> {
  const observed = messages.map(({ sending, record }): ObservedMessage => ({ send: sending, receiver: record.uid }));
  const store = () => {
    for (const [at, { carrier }] of observed.entries()) messages[at]!.carrier = carrier;
    return jobs.store(messages, em);
  };
  return observation.store.tracePromise(store, { registry: messages[0]!.application, messages: observed });
}

/** The jobs of an application; only asked for where they are known to be there. */
export function durableJobs(application: DeferringApplication): DurableJobs {
  return application.backends.get(DURABLE.backend) as DurableJobs;
}

function uidRequired(signal: string, { uid }: ConnectionRecord, at: string): SignalError {
  const suggested = uid
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replace(/[^\w.-]+/g, '-')
    .toLowerCase();
  return new SignalError('UID_REQUIRED', {
    what: `A durable receiver of ${signal} has no uid. Its stored messages are found by the uid, and the name of a method may change.`,
    at,
    fix: `give it one that stays: { uid: '${suggested}' }.`,
  });
}

function holdsRequest(signal: string, uid: string, at: string): SignalError {
  return new SignalError('PAYLOAD_NOT_SERIALIZABLE', {
    what: `${uid} receives ${signal} durably, and a request cannot be stored.`,
    at,
    fix: 'say what is stored: durable({ payload: ({ user }) => ({ userId: user.id }) }).',
  });
}
