import type { ConnectionRecord } from './connection.js';

/** A send that has not ended. */
export interface Flight {
  /** The receiver that it waits for. */
  readonly current: ConnectionRecord | undefined;
  readonly channel: { readonly name: string };
}

/** The sends of one application that wait for a receiver. */
export class Flights {
  private readonly under = new Set<Flight>();
  private landed: (() => void) | undefined;

  add(flight: Flight): void {
    this.under.add(flight);
  }

  remove(flight: Flight): void {
    this.under.delete(flight);
    if (this.under.size === 0) this.landed?.();
  }

  /** What is being waited for, as a log line names it. */
  get names(): string[] {
    return [...this.under].map(({ current, channel }) => `${current?.uid ?? 'a receiver'} (${channel.name})`);
  }

  /** Resolves once every send has ended, those that receivers send meanwhile included; false after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<boolean> {
    if (this.under.size === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    this.landed = () => resolve(true);
    const drained = await promise;
    clearTimeout(timer);
    this.landed = undefined;
    return drained;
  }
}
