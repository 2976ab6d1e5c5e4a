import { getOrInsert } from '../../core/index.js';

/** A part of the minute over which deliveries are counted. */
const PART_MS = 5000;
const PARTS = 12;

/** How many messages this process has delivered, receiver by receiver. */
export class Deliveries {
  total = 0;
  private readonly parts = new Map<string, Map<number, number>>();

  count(receiver: string): void {
    this.total++;
    const now = Math.floor(performance.now() / PART_MS);
    const parts = getOrInsert(this.parts, receiver, () => new Map<number, number>());
    parts.set(now, (parts.get(now) ?? 0) + 1);
    for (const part of parts.keys()) if (part <= now - PARTS) parts.delete(part);
  }

  /** Returns how many deliveries the receiver had in the last minute. */
  perMinute(receiver: string): number {
    const now = Math.floor(performance.now() / PART_MS);
    let sum = 0;
    for (const [part, count] of this.parts.get(receiver) ?? []) if (part > now - PARTS) sum += count;
    return sum;
  }
}
