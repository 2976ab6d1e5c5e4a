import {
  callDeferred,
  type KnownEntityManager,
  nameOf,
  observation,
  type ObservedAttempt,
  type Scope,
  Sending,
  type SignalContext,
  type SignalRegistry,
  type Tenant,
} from '../core/index.js';
import { attemptOf, type Job, restoredTenant } from './job.js';
import type { JobReceiver } from './job-receivers.js';
import { decodeDetached, decodePayload } from './payload/decode.js';
import { type StoredMessage, type StoredSender, versionOf } from './stored-message.js';
import type { Application } from '../nest/index.js';

/** How an attempt has ended, message by message, and the error of the call. */
export type AttemptNotes = Pick<ObservedAttempt, 'outcomes' | 'error'>;

interface Upgrading {
  upgrade?(payload: unknown, from: number): object;
}

/** Finds the class of a sender by its name. */
type ClassNamed = (name: string) => unknown;

/** The engine that calls are made by, in one application. */
export interface CallPlace {
  readonly registry: SignalRegistry;
  readonly classNamed: ClassNamed;
  /** The EntityManager of the MikroORM that `message.em` belongs to. */
  readonly root: KnownEntityManager | undefined;
  /** Makes readable what is stored so that only the application can read it. */
  readonly open?: (data: StoredMessage) => Promise<StoredMessage>;
}

/** Calls a receiver with what jobs hold: with one, or with several where it wants them in one call. */
export class JobCall {
  readonly registry = this.place.registry;

  constructor(
    private readonly place: CallPlace,
    readonly received: JobReceiver,
    private current: readonly Job[],
  ) {}

  /** The jobs, as they are stored until `opened()` has read them. */
  get jobs(): readonly Job[] {
    return this.current;
  }

  /** Reads the stored messages; `run` calls it itself. */
  async opened(): Promise<void> {
    const { open } = this.place;
    if (open) this.current = await Promise.all(this.current.map(async job => ({ ...job, data: await open(job.data) })));
  }

  /**
   * Calls the receiver with an EntityManager of its own.
   *
   * @param commit - makes it a transaction; called in it, just before COMMIT.
   * @param until - when it aborts, the transaction is rolled back.
   * @throws what the receiver throws, and {SignalError} `PAYLOAD_INVALID`.
   */
  carryOut(commit?: (em: KnownEntityManager) => Promise<unknown>, until?: AbortSignal): Promise<void> {
    const { tenant } = this;
    // Without MikroORM there is no engine.
    const [em, unitsOfWork] = [this.place.root!, this.registry.unitsOfWork!];
    const where = { em, ...(tenant && { tenant }), ...(until && { until }) };
    return this.within(() => unitsOfWork.inOwnUnitOfWork(where, scope => this.run(scope), commit));
  }

  private async run(scope: Scope): Promise<void> {
    await this.opened();
    const payloads: object[] = [];
    let missing = false;
    for (const job of this.jobs) {
      // Without MikroORM there is no engine.
      const decoded = await decodePayload(job.data.payload, this.registry.unitsOfWork!.entities);
      missing ||= decoded.missing;
      payloads.push(await this.upgraded(job.data, decoded.payload));
    }
    const { record } = this.received;
    const payload = record.terms.batch ? payloads : payloads[0]!;
    await this.within(() => callDeferred(this.sending(payload, missing, scope), record));
  }

  /** Says of what was called, or could not be, as its receiver sees it. */
  sending(payload: object, missing = false, scope?: Scope): Sending {
    const { received, registry, jobs, context, tenant } = this;
    const { current: ambient } = registry.contexts;
    const sendingOf = (job: Job, sender: unknown, given: object, within?: Scope) => {
      const { id, causedBy } = job.data;
      const origin = { id, ambient, causedBy, attempt: attemptOf(job), missing, context, tenant };
      return new Sending(received.channel, sender, given, {}, within, origin);
    };
    const senders = jobs.map(job => this.senderOf(job.data.sender));
    const common = new Set(senders).size === 1 ? senders[0] : undefined;
    const sending = sendingOf(jobs.at(-1)!, common, payload, scope);
    if (received.record.terms.batch) {
      const payloads: readonly object[] = Array.isArray(payload) ? payload : [];
      sending.parts = jobs.map((job, at) => sendingOf(job, senders[at], payloads[at] ?? payload));
    }
    return sending;
  }

  /** Returns a call of the job at this place alone: if a call fails, each of its jobs has failed. */
  single(at: number): JobCall {
    return new JobCall(this.place, this.received, [this.jobs[at]!]);
  }

  /** Makes an attempt, while others may watch it. `work` notes how it has ended, and does not reject with a receiver's error. */
  attempt<T>(work: (noted: AttemptNotes) => Promise<T>): Promise<T> {
    const { attempt } = observation;
    if (!attempt.start.hasSubscribers) return work({ outcomes: [] });
    const { channel, record } = this.received;
    const observed: ObservedAttempt = {
      registry: this.registry,
      signal: channel.handle,
      receiver: record.uid,
      delivery: record.terms.delivery.name,
      messages: this.jobs.map(job => {
        const { id, causedBy, carrier } = job.data;
        return { id, causedBy, carrier, attempt: attemptOf(job) };
      }),
      outcomes: [],
    };
    return attempt.tracePromise(work, observed, undefined, observed);
  }

  /** Reports the error that has made its message dead. @param attempt - what the log says of the attempt. */
  report(error: unknown, attempt: string): Promise<void> {
    const { failures } = this.registry;
    return this.within(() => failures.report(this.sending({}), this.received.record, error, attempt));
  }

  /** The tenant that all its jobs were stored for. */
  get tenant(): Tenant | undefined {
    return restoredTenant(this.registry.unitsOfWork, this.jobs[0]!.data, this.place.root);
  }

  /** Where what the receiver sends carries the context on, and what is sent about the rows that it leaves to be written. */
  within<T>(call: () => T): T {
    let known: Readonly<SignalContext> | undefined;
    const context = () => (known ??= this.context);
    return this.registry.contexts.within({ context, cause: this.jobs.at(-1)!.data.id }, call);
  }

  private get context(): Readonly<SignalContext> {
    const { context } = this.jobs.at(-1)!.data;
    const { unitsOfWork } = this.registry;
    return Object.freeze({ ...(context && (decodeDetached(context, unitsOfWork?.entities) as SignalContext)) });
  }

  private async upgraded({ version = 1, isChosen }: StoredMessage, payload: object): Promise<object> {
    if (isChosen) return payload;
    const { channel } = this.received;
    const { signal }: { signal: object } = channel;
    const upgrading = signal as Upgrading;
    const isOld = version < versionOf(signal);
    const current = isOld && upgrading.upgrade ? upgrading.upgrade(payload, version) : payload;
    await channel.schema?.check(current);
    return current;
  }

  private senderOf(stored: StoredSender | undefined): unknown {
    if (!stored) return undefined;
    if ('value' in stored) return decodeDetached(stored.value, undefined);
    const { className } = stored;
    const known = this.received.record.terms.senders.find(sender => nameOf(sender) === className);
    return known ?? this.place.classNamed(className);
  }
}

/** Finds senders by the name of their class: entities, or what Nest has made. */
export function classNamedIn({ registry, modules }: Application): ClassNamed {
  return name => registry.unitsOfWork?.entities.classNamed(name) ?? providerNamed(name, modules);
}

function providerNamed(name: string, modules: Application['modules']): unknown {
  for (const { providers, controllers } of modules.values()) {
    for (const { metatype } of [...providers.values(), ...controllers.values()]) {
      if (typeof metatype === 'function' && metatype.name === name) return metatype;
    }
  }
  return undefined;
}
