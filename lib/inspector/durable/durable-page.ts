import { Logger } from '@nestjs/common';
import {
  checkOptions,
  isListOfNames,
  isName,
  type OptionKinds,
  type OptionOwner,
  SignalError,
  type SignalRegistry,
} from '../../core/index.js';
import {
  type DeadMessage,
  decodeDetached,
  DURABLE,
  durableJobs,
  DurableSignals,
  type StoredMessage,
} from '../../durable/index.js';
import type { DeadState, DurableAnswer, MessageState, OperationRequest, RowsState } from '../page-types.js';
import type { Deliveries } from '../recording/deliveries.js';
import { errorText, LARGE, shapeOf, shownValue, stackText } from '../recording/shown-text.js';
import { Counts } from './counts.js';
import { type DeadSearch, deadState, LOOKED_AT } from './dead-messages.js';

const NAME = { accepts: isName, fix: 'give text.' };

const OPERATION: OptionOwner = {
  name: 'an operation',
  at: option => `POST api/operations${option === undefined ? '' : ` { ${option} }`}`,
  fix: 'send an object.',
};

const KINDS: OptionKinds<OperationRequest> = {
  operation: {
    accepts: value => ['retry', 'remove', 'pause', 'resume'].includes(value as string),
    fix: 'name retry, remove, pause or resume.',
  },
  receiver: NAME,
  ids: { accepts: isListOfNames, fix: 'list ids of dead messages.' },
  text: NAME,
};

/** The part of the page that is about durable messages. */
export class DurablePage {
  readonly counts: Counts;
  private readonly durable: DurableSignals;
  private readonly logger = new Logger('Signals');

  constructor(
    private readonly registry: SignalRegistry,
    deliveries: Deliveries,
    private readonly showsValues: boolean,
  ) {
    this.durable = new DurableSignals(registry);
    this.counts = new Counts(registry, this.durable, deliveries);
  }

  /** Whether this application has an engine of durable messages. */
  get isAvailable(): boolean {
    return this.registry.backends.has(DURABLE.backend);
  }

  async state(): Promise<DurableAnswer> {
    return this.isAvailable ? this.counts.state() : { available: false };
  }

  async rows(): Promise<RowsState | undefined> {
    return this.isAvailable ? this.counts.rows() : undefined;
  }

  /** @throws {SignalError} `UNKNOWN_OPTION` */
  async dead({ receiver, text, limit }: DeadSearch): Promise<DeadState> {
    const found = this.isAvailable ? await this.durable.dead({ receiver, text, limit: LOOKED_AT }) : [];
    const isWhole = text !== undefined || !this.isAvailable || found.length < LOOKED_AT;
    return deadState(found, isWhole ? found.length : await this.counts.dead(receiver), limit);
  }

  /** @throws {SignalError} `UNKNOWN_OPTION` */
  async message(id: string): Promise<MessageState | undefined> {
    if (!this.isAvailable) return undefined;
    const [dead] = await this.durable.dead({ ids: [id] });
    const stored = dead && (await durableJobs(this.registry).operations.storedMessage(id));
    if (!stored) return undefined;
    const { payload, context, causedBy } = stored;
    const content = { payload: this.shown(payload), context: context && this.shown(context), causedBy };
    return { ...factsOf(dead), ...content };
  }

  /** @throws {SignalError} `UNKNOWN_OPTION`, `JOB_WITHOUT_RECEIVER` */
  async operate(request: unknown): Promise<number> {
    checkOptions(OPERATION, request, KINDS);
    const { operation, receiver } = request as Partial<OperationRequest>;
    const count = await this.carryOut(request);
    this.counts.forget();
    this.logger.log(`The live page was asked to ${operation} ${receiver ?? 'messages'}: ${count}`);
    return count;
  }

  private async carryOut({ operation, ...filter }: Partial<OperationRequest>): Promise<number> {
    if (operation === 'retry') return this.durable.retry(filter);
    if (operation === 'remove') return this.durable.remove(filter);
    if (operation === undefined || filter.receiver === undefined) throw incomplete(operation);
    await this.durable[operation](filter.receiver);
    return 1;
  }

  /** Entities as they were when they were stored; what `hidden` hides was not. */
  private shown(stored: StoredMessage['payload']): unknown {
    try {
      const value = decodeDetached(stored, {
        rebuild: ({ entity, key, snapshot }) => ({
          '(entity)': `${entity} ${key.map(String).join(', ')}`,
          ...snapshot,
        }),
      });
      return this.showsValues ? shownValue(value, LARGE) : shapeOf(value);
    } catch (error) {
      return errorText(error);
    }
  }
}

function factsOf({ id, receiver, signal, message, storedAt, attempts }: DeadMessage): Omit<MessageState, 'payload'> {
  return {
    ...{ id, receiver, signal, message, storedAt: storedAt.getTime() },
    attempts: attempts.map(({ at, error, worker }) => ({
      at: at.getTime(),
      error: errorText(error),
      stack: error.stack && stackText(error.stack),
      worker,
    })),
  };
}

function incomplete(operation: string | undefined): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: operation === undefined ? 'No operation was named.' : `No receiver was named to ${operation}.`,
    at: 'POST api/operations',
    fix: operation === undefined ? 'name retry, remove, pause or resume.' : 'name the uid of a receiver.',
  });
}
