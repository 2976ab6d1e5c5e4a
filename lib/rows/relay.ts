import { Logger } from '@nestjs/common';
import {
  deliver,
  type KnownEntityManager,
  type Scope,
  SignalError,
  type SignalRegistry,
  type UnitsOfWork,
  within,
} from '../core/index.js';
import type { DurableCounts, RowPlace } from '../durable/index.js';
import { RowChanged } from './row-changed.js';
import { type NotedChange, type Portion, type Range, RowChangeTable } from './row-change-table.js';
import { RowSending } from './row-sending.js';
import { ROWS_CHANNEL } from './trigger-sql.js';

/** How often it looks without having been notified, and after an error. */
const LOOK_MS = 5000;
/** Where triggers do not notify. */
const LOOK_OFTEN_MS = 1000;
/** The most changes of one portion. */
const PORTION = 500;

const NOTHING: Portion = { changes: [], rest: undefined };

/**
 * Sends the changes that triggers have noted. Every process that works has one, and one at a time is at work: each portion is
 * taken, and its messages are stored, in one transaction that holds a lock of the database.
 */
export class Relay {
  private readonly table = new RowChangeTable(this.place.schema);
  private readonly log = new Logger('Signals');
  private readonly logError = (error: unknown) => this.log.error(`Row changes: ${messageOf(error)}`);
  private listening: { close(): Promise<void> } | undefined;
  private clock: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isDue = false;
  private isStopped = false;
  private size = PORTION;

  constructor(
    private readonly registry: SignalRegistry,
    private readonly unitsOfWork: UnitsOfWork,
    private readonly place: RowPlace,
  ) {}

  async listen(): Promise<void> {
    this.listening = await this.place.listen(ROWS_CHANNEL, () => {
      if (this.clock) this.wake();
    });
  }

  /** @param isNotified - whether all triggers notify. */
  start(isNotified: boolean): void {
    this.clock = setInterval(() => this.wake(), isNotified ? LOOK_MS : LOOK_OFTEN_MS).unref();
    this.wake();
  }

  async stop(waitMs: number): Promise<void> {
    this.isStopped = true;
    clearInterval(this.clock);
    await this.listening?.close();
    await within(waitMs, this.running ?? Promise.resolve());
  }

  /** The changes that wait, counted like the messages of a receiver; those that were set aside count as dead. */
  async counts(): Promise<DurableCounts | undefined> {
    const { root } = this.place;
    if (!(await this.table.exists(root))) return undefined;
    const { waiting, oldestMs, dead } = await this.table.backlog(root);
    const { name: receiver } = RowChanged;
    return { receiver, waiting, delayed: 0, active: 0, dead, oldestMs, paused: false, parked: false };
  }

  private wake(): void {
    this.isDue = true;
    if (this.isStopped || this.running) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    while (this.isDue && !this.isStopped) {
      this.isDue = false;
      try {
        await this.drain();
      } catch (error) {
        this.logError(error);
        if (isAboutData(error)) await this.narrow(error);
      }
    }
  }

  /** Sends what waits, portion by portion, and what has come meanwhile. */
  private async drain(): Promise<void> {
    let range: Range | undefined;
    while (!this.isStopped) {
      const { changes, rest } = await this.portion(range);
      if (changes.length === 0 && !range) return;
      range = rest;
      this.size = Math.min(PORTION, this.size * 4);
    }
  }

  /** Sends the changes of a portion that cannot be stored one by one, to find the one that must be set aside. */
  private async narrow(error: unknown): Promise<void> {
    this.isDue = true;
    if (this.size > 1) this.size = 1;
    else await this.portion(undefined, error).catch(this.logError);
  }

  /** @param refused - why none of the changes is sent: all are set aside. */
  private async portion(range?: Range, refused?: unknown): Promise<Portion> {
    const lines: string[] = [];
    const work = async ({ own }: Scope) => {
      // The work has an EntityManager of its own.
      const { em } = own!;
      if (!(await this.table.exists(em)) || !(await this.table.lock(em))) return NOTHING;
      const taken = await this.table.take(em, this.size, range);
      for (const change of taken.changes) {
        const error = refused ?? (await this.send(change, em));
        if (error !== undefined) lines.push(await this.setAside(change, error, em));
      }
      return taken;
    };
    // With a third argument, even if it does nothing, it is a transaction.
    const portion = await this.unitsOfWork.inOwnUnitOfWork({ em: this.place.root }, work, async () => {});
    for (const line of lines) this.log.error(line);
    return portion;
  }

  /** @returns the error of a change that cannot be sent, or not to all of its receivers. */
  private async send(change: NotedChange, em: KnownEntityManager): Promise<unknown> {
    try {
      const sending = RowSending.of(change, this.registry.channel(RowChanged), em, this.unitsOfWork);
      const responses = await deliver(sending, true);
      return responses.find(response => response.status === 'rejected')?.reason;
    } catch (error) {
      return error;
    }
  }

  /** @returns the line of the log about it. */
  private async setAside(change: NotedChange, error: unknown, em: KnownEntityManager): Promise<string> {
    const { id, operation, table_schema, table_name } = change;
    await this.table.setAside(em, change, String(error));
    return new SignalError('ROW_NOT_SENT', {
      what: `The change ${id} (${operation} in ${table_schema}.${table_name}) was set aside, because it cannot be sent: ${messageOf(error)}`,
      at: 'the relay of row changes',
      fix: `remove the cause, then have all of them sent: ${this.table.putBack}`,
    }).message;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether an error is about the data that was to be stored, and not about the database at that moment. */
function isAboutData(error: unknown): boolean {
  if (error instanceof SignalError) return error.code === 'PAYLOAD_NOT_SERIALIZABLE';
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^(?:22|54)/.test(code);
}
