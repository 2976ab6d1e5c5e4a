import type { ConnectionRecord } from './connection.js';
import { orderName } from './order.js';

/** How many names are remembered that no connected receiver has in `before` or `after`. */
const REMEMBERED = 1000;

/** The last uids that were disconnected, and all that a connected receiver names: what is gone is not a typing error. */
export class GoneUids {
  private readonly asking = new Set<ConnectionRecord>();
  private readonly names = new Set<string>();

  has(name: string): boolean {
    return this.names.has(name);
  }

  connected(record: ConnectionRecord): void {
    if (record.terms.before || record.terms.after) this.asking.add(record);
  }

  disconnected(record: ConnectionRecord): void {
    const name = orderName(record);
    this.asking.delete(record);
    this.names.delete(name);
    this.names.add(name);
    if (this.names.size > REMEMBERED) this.forgetOne();
  }

  private forgetOne(): void {
    const asked = new Set([...this.asking].flatMap(namesIn));
    for (const name of this.names) if (!asked.has(name)) return void this.names.delete(name);
  }
}

function namesIn({ terms: { before = [], after = [], delivery } }: ConnectionRecord): string[] {
  return [...before, ...after].map(uid => `${delivery.name} ${uid}`);
}
