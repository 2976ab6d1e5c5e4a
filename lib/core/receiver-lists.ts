import type { ConnectionRecord } from './connection.js';
import { NOBODY, ReceiverList } from './receiver-list.js';
import { classOf, senderMatches } from './sender.js';

/**
 * Who hears which sender. A list is made at the first send of a sender and kept until a connection changes,
 * so that the cost of a send does not grow with the number of receivers of other senders.
 */
export class ReceiverLists {
  private stale = true;
  private connections: readonly ConnectionRecord[] = [];
  /** Every sender that some connection asks for. */
  private asked = new Set<unknown>();
  private unfiltered = NOBODY;
  private byObject = new WeakMap<object, ReceiverList>();
  private byValue = new Map<unknown, ReceiverList>();
  private lastKey: unknown;
  private lastList = NOBODY;

  constructor(
    /** Every connection, in the order in which they run. */
    private readonly ordered: () => Iterable<ConnectionRecord>,
  ) {}

  /** Makes the next send look at the connections again. Lists already taken stay as they are. */
  forget(): void {
    this.stale = true;
  }

  of(sender: unknown): ReceiverList {
    if (this.stale) this.lookAgain();
    if (this.asked.size === 0) return this.unfiltered;
    const isPlainInstance = typeof sender === 'object' && sender !== null && !this.asked.has(sender);
    const key = isPlainInstance ? classOf(sender) : sender;
    if (key === this.lastKey) return this.lastList;
    this.lastKey = key;
    return (this.lastList = this.kept(key) ?? this.make(key));
  }

  private kept(key: unknown): ReceiverList | undefined {
    return isObject(key) ? this.byObject.get(key) : this.byValue.get(key);
  }

  private make(key: unknown): ReceiverList {
    // Strings that nobody asks for are not kept: they may be as many as there are rows.
    if (!isObject(key) && !this.asked.has(key)) return this.unfiltered;
    const list = this.select(
      ({ terms: { senders, includeSubclasses } }) =>
        senders.length === 0 || senders.some(wanted => senderMatches(wanted, key, includeSubclasses)),
    );
    if (isObject(key)) this.byObject.set(key, list);
    else this.byValue.set(key, list);
    return list;
  }

  private lookAgain(): void {
    this.connections = [...this.ordered()];
    this.stale = false;
    this.asked = new Set(this.connections.flatMap(({ terms }) => terms.senders));
    this.byObject = new WeakMap();
    this.byValue = new Map();
    this.unfiltered = this.select(({ terms }) => terms.senders.length === 0);
    this.lastKey = undefined;
    this.lastList = this.unfiltered;
  }

  /** A receiver that is connected here and to a signal that this one extends is called once. */
  private select(hears: (record: ConnectionRecord) => boolean): ReceiverList {
    const byKey = new Map<unknown, ConnectionRecord>();
    for (const record of this.connections) {
      if (hears(record) && !byKey.has(record.key)) byKey.set(record.key, record);
    }
    return byKey.size === 0 ? NOBODY : new ReceiverList([...byKey.values()]);
  }
}

function isObject(key: unknown): key is object {
  return typeof key === 'function' || (typeof key === 'object' && key !== null);
}
