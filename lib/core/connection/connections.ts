import { ConnectionRecord } from './connection.js';

/**
 * The connections of one channel, in connection order, keyed as Django keys them: by receiver (or uid) and sender.
 */
export class Connections implements Iterable<ConnectionRecord> {
  /** A connection with the key of an earlier one stands here under its own record. */
  private readonly inOrder = new Map<unknown, ConnectionRecord>();
  private readonly again = new Map<unknown, ConnectionRecord[]>();

  [Symbol.iterator](): Iterator<ConnectionRecord> {
    return this.inOrder.values();
  }

  get size(): number {
    return this.inOrder.size;
  }

  /** The connection of this key for this sender; `undefined` stands for every sender. */
  find(key: unknown, sender: unknown): ConnectionRecord | undefined {
    const first = this.inOrder.get(key);
    const all = first ? [first, ...(this.again.get(key) ?? [])] : this.again.get(key);
    return all?.find(({ terms: { senders } }) =>
      sender === undefined ? senders.length === 0 : senders.includes(sender),
    );
  }

  /** Adds what is not connected yet; what is already stays as it was. Returns the connection that stands. */
  add(added: ConnectionRecord): ConnectionRecord {
    const { key, terms } = added;
    if (!this.inOrder.has(key) && !this.again.has(key)) {
      this.inOrder.set(key, added);
      return added;
    }
    const senders = terms.senders.length === 0 ? [undefined] : terms.senders;
    const left = senders.filter(sender => !this.find(key, sender));
    // Each of the senders has one.
    if (left.length === 0) return this.find(key, senders[0])!;
    const further = left.length === senders.length ? added : added.forSenders(left);
    this.inherit(further);
    this.again.set(key, [...(this.again.get(key) ?? []), further]);
    return further;
  }

  /** Adds a connection of a signal that this one extends; it comes and goes with its own signal. */
  inherit(record: ConnectionRecord): void {
    this.inOrder.set(record, record);
  }

  has(record: ConnectionRecord): boolean {
    return this.inOrder.get(record.key) === record || this.inOrder.has(record);
  }

  remove(record: ConnectionRecord): boolean {
    if (this.inOrder.get(record.key) === record) return this.inOrder.delete(record.key);
    const others = this.again.get(record.key)?.filter(other => other !== record);
    if (others?.length) this.again.set(record.key, others);
    else this.again.delete(record.key);
    return this.inOrder.delete(record);
  }
}
