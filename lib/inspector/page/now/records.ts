import type { SendRecord } from '../../page-types.ts';

/** The sends that the page keeps: the newest ones, each as it was last received. */
export class Records {
  readonly #sends = new Map<string, SendRecord>();
  #process: string | undefined;
  #most = 200;
  missed = 0;

  /** A stream has begun. Sends of another process cannot change any more, and would be mistaken for those of this one. */
  begin(process: string, most: number): void {
    if (this.#process !== process) {
      this.#sends.clear();
      this.missed = 0;
    }
    this.#process = process;
    this.#most = Math.max(1, most);
    this.#trim();
  }

  add(send: SendRecord): void {
    this.#sends.set(send.id, send);
    this.#trim();
  }

  /** A copy, the oldest first. */
  all(): readonly SendRecord[] {
    return [...this.#sends.values()];
  }

  #trim(): void {
    for (const id of this.#sends.keys()) {
      if (this.#sends.size <= this.#most) return;
      this.#sends.delete(id);
    }
  }
}
