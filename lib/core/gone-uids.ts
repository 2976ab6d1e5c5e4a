import type { ConnectionRecord } from './connection.js';
import { orderName } from './order.js';

/** The uids that receivers name in `before` and `after` and that were connected: what is gone is not a typing error. */
export class GoneUids {
  private readonly asking = new Set<ConnectionRecord>();
  private gone = new Set<string>();

  has(name: string): boolean {
    return this.gone.has(name);
  }

  connected(record: ConnectionRecord): void {
    if (record.terms.before || record.terms.after) this.asking.add(record);
  }

  /** Keeps its name as long as one that named it is connected. */
  disconnected(record: ConnectionRecord): void {
    if (this.asking.size === 0) return;
    this.gone.add(orderName(record));
    this.asking.delete(record);
    const asked = new Set([...this.asking].flatMap(namesIn));
    this.gone = new Set([...this.gone].filter(name => asked.has(name)));
  }
}

function namesIn({ terms: { before = [], after = [], delivery } }: ConnectionRecord): string[] {
  return [...before, ...after].map(uid => `${delivery.name} ${uid}`);
}
