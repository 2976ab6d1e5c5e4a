import type { ConnectionRecord } from '../connection/connection.js';
import { within } from '../message/timers.js';

/** A send that has not ended; a link in the list of those. */
export abstract class PendingSend {
  previous: PendingSend | undefined = undefined;
  next: PendingSend | undefined = undefined;
  isPending = false;
  /** Settles as the send does. */
  settled: Promise<unknown> | undefined = undefined;
  /** The sends of its transaction, which COMMIT waits for. */
  private held: Set<PendingSend> | undefined = undefined;

  /** The receiver that it waits for. */
  abstract readonly current: ConnectionRecord | undefined;
  abstract readonly channel: { readonly name: string };

  /** The scope of its receivers. */
  scope: object | undefined = undefined;

  /** The number of the call that is under way, if one receiver may be called several times. */
  get turn(): number {
    return 0;
  }

  /** Lets COMMIT wait for it, where it is sent in a transaction. */
  hold(sends: Set<PendingSend> | undefined): void {
    this.held = sends?.add(this);
  }

  release(): void {
    this.held?.delete(this);
  }

  /** The name of the send in a log line. */
  get label(): string {
    return `${this.current?.uid ?? 'a receiver'} (${this.channel.name})`;
  }
}

/** The sends of one application that wait for a receiver. A list of links, because every awaited send enters and leaves it. */
export class PendingSends {
  private last: PendingSend | undefined;
  private waiting: (() => void)[] = [];

  add(send: PendingSend): void {
    if (send.isPending) return;
    send.isPending = true;
    send.previous = this.last;
    if (this.last) this.last.next = send;
    this.last = send;
  }

  remove(send: PendingSend): void {
    if (!send.isPending) return;
    send.isPending = false;
    const { previous, next } = send;
    if (previous) previous.next = next;
    if (next) next.previous = previous;
    else this.last = previous;
    if (!this.last && this.waiting.length > 0) for (const land of this.waiting.splice(0)) land();
  }

  *[Symbol.iterator](): Iterator<PendingSend> {
    for (let send = this.last; send; send = send.previous) yield send;
  }

  get isIdle(): boolean {
    return this.last === undefined;
  }

  /** The receivers that have not ended, as a log line names them. */
  get names(): string[] {
    return Array.from(this, ({ label }) => label).reverse();
  }

  /** Resolves once every send has ended, those that receivers send meanwhile included. */
  async idle(): Promise<void> {
    if (this.last) await new Promise<void>(resolve => this.waiting.push(resolve));
  }

  /** Resolves to true once every send has ended, and to false after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<boolean> {
    return this.last ? within(timeoutMs, this.idle()) : true;
  }
}
