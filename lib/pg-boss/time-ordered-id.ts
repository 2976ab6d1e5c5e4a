import { randomUUID } from 'node:crypto';

/** Makes UUIDs (version 7) that sort in the order in which they were made: pg-boss goes by them where times are equal. */
export class TimeOrderedIds {
  private last = 0n;

  next(): string {
    // Milliseconds, and a counter in the 12 bits below the version.
    const now = BigInt(Date.now()) << 12n;
    this.last = now > this.last ? now : this.last + 1n;
    const time = (this.last >> 12n).toString(16).padStart(12, '0');
    const counter = (this.last & 0xfffn).toString(16).padStart(3, '0');
    // The rest is random, as it is in any UUID.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${randomUUID().slice(18)}`;
  }
}
