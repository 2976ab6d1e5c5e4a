import type { ConnectionRecord } from './connection/connection.js';
import { run } from './dispatch/dispatch.js';
import { NO_RECEIVERS, type ReceiverList } from './connection/receiver-list.js';
import type { Sending } from './dispatch/sending.js';
import { Sources, type StartingApplication, type StartingChannel } from './sources.js';

/**
 * An application while receivers come to life: between its first provider and its last, and again when a module
 * is loaded later.
 */
export class Startup {
  /** Not every provider has been made: who receives is not known yet, and neither is who could be refused. */
  isStarting = false;
  private failure: { readonly error: unknown } | undefined;
  private connectNew = (): void => {};
  readonly sources = new Sources(this);
  private readonly early: { sending: Sending; called: readonly ConnectionRecord[] }[] = [];

  constructor(private readonly application: StartingApplication) {}

  /** @param connectNew - connects the receivers that have come to life since. */
  begin(modules: { readonly size: number }, connectNew: () => void): void {
    this.connectNew = connectNew;
    this.isStarting = true;
    this.application.slowPath.watch(modules);
    this.application.slowPath.require();
  }

  /** Whether receivers may have come to life that are not connected. */
  get isUnsettled(): boolean {
    return this.isStarting || this.application.slowPath.hasGrown;
  }

  /** Connects what has come to life. */
  catchUp(): void {
    if (this.isUnsettled) this.connectNew();
  }

  /** Returns the receivers of this send, and keeps the send for receivers that are connected later in the start. */
  listFor(sending: Sending): ReceiverList {
    if (this.isStarting) {
      const list = this.listSoFar(sending);
      this.early.push({ sending, called: list.records });
      return list;
    }
    this.catchUp();
    return sending.channel.lists.of(sending.sender);
  }

  /** The application does not start. Its sends are refused from now on, instead of reaching some receivers or none. */
  fail(error: unknown): void {
    this.failure ??= { error };
  }

  /** Whether this is the error of the start, which its caller reports. */
  hasFailedWith(error: unknown): boolean {
    return this.failure?.error === error;
  }

  /** Returns no receivers if one has a mistake, or its place depends on one that is not there: the start reports it later. */
  private listSoFar({ channel, sender }: Sending): ReceiverList {
    if (this.failure) throw this.failure.error;
    try {
      this.catchUp();
      return channel.lists.of(sender);
    } catch {
      return NO_RECEIVERS;
    }
  }

  /** Every provider is there: what could never work is refused. */
  end(everyChannel: Iterable<StartingChannel>): void {
    this.sources.start();
    const channels = [...everyChannel];
    for (const channel of channels) {
      channel.ordered();
      channel.settleSenders();
      for (const record of channel.records) this.sources.checkNow(channel, record);
    }
    this.isStarting = false;
    this.application.slowPath.release();
    for (const channel of channels) if (channel.hasAudience()) this.sources.notify(channel);
  }

  /** Sends the messages of the start to the receivers that were not there yet. */
  async sendEarlyMessages(): Promise<void> {
    for (const { sending, called } of this.early.splice(0)) {
      const { records } = sending.channel.lists.of(sending.sender);
      const missed = records.filter(record => !called.includes(record));
      sending.isLate = true;
      await run(sending, true, missed);
    }
  }
}
