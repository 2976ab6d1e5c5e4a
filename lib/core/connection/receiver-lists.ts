import type { ConnectionRecord } from './connection.js';
import { NO_RECEIVERS, ReceiverList } from './receiver-list.js';
import { getOrInsert } from '../message/get-or-insert.js';
import { isObserved } from '../message/observation.js';
import { classOf } from '../message/sender.js';
import type { SlowPath } from './slow-path.js';

/**
 * The receivers of each sender. A list is made at the first send of a sender and kept until a connection changes,
 * so that the cost of a send does not grow with the number of receivers of other senders.
 */
export class ReceiverLists {
  /** The receivers of every sender, if no connection asks for a sender and all receivers take the payload alone. */
  private fast: ReceiverList | undefined;
  private stale = true;
  private connections: readonly ConnectionRecord[] = [];
  /** Every sender that some connection asks for. */
  private asked = new Set<unknown>();
  private isFiltered = false;
  private unfiltered = NO_RECEIVERS;
  /** The lists of senders that are asked for, and of classes that are not: there may be any number of those. */
  private ofAsked = new Map<unknown, ReceiverList>();
  private ofOthers = new WeakMap<object, ReceiverList>();

  constructor(
    /** Every connection, in the order in which they run. */
    private readonly ordered: () => Iterable<ConnectionRecord>,
    private readonly slowPath: SlowPath,
    /** Nothing has to be done before the receivers are called. */
    private readonly allowsFast: boolean,
  ) {}

  /** Makes the next send look at the connections again. Lists already taken stay as they are. */
  forget(): void {
    this.stale = true;
    this.fast = undefined;
  }

  /** The receivers of a sender now, in order. */
  of(sender: unknown): ReceiverList {
    if (this.stale) this.lookAgain();
    if (!this.isFiltered) return this.unfiltered;
    return this.ofAsked.get(sender) ?? this.find(sender);
  }

  /** Whether a send has nothing to do. Asked first, so that a signal without receivers costs next to nothing. */
  get areEmpty(): boolean {
    return this.fast === NO_RECEIVERS && !this.slowPath.isRequired && !isObserved();
  }

  /** Returns the receivers of a sender if the payload is all that they take, and nothing else decides; undefined otherwise. */
  fastOf(sender: unknown): ReceiverList | undefined {
    if (this.isSlow) return undefined;
    if (this.fast) return this.fast;
    const list = this.of(sender);
    return list.takesPayloadOnly && this.allowsFast ? list : undefined;
  }

  /** Returns the receivers of a sender if some of them take the message, and nothing else decides; undefined otherwise. */
  withMessageOf(sender: unknown): ReceiverList | undefined {
    if (this.isSlow || !this.allowsFast) return undefined;
    const list = this.of(sender);
    return list.takesMessage ? list : undefined;
  }

  /** Returns the receivers of a sender if they take the payload alone, or have the message later; undefined otherwise. */
  fastInScopeOf(sender: unknown): ReceiverList | undefined {
    if (this.isSlow || !this.allowsFast) return undefined;
    const list = this.of(sender);
    return list.isFastInScope ? list : undefined;
  }

  private get isSlow(): boolean {
    return this.slowPath.isRequired || isObserved();
  }

  private find(sender: unknown): ReceiverList {
    if (this.asked.has(sender)) return getOrInsert(this.ofAsked, sender, () => this.select(sender));
    const key = classOf(sender);
    if (typeof key !== 'function') return this.unfiltered;
    if (key !== sender && this.asked.has(key)) return this.of(key);
    return getOrInsert(this.ofOthers, key, () => this.select(key));
  }

  private lookAgain(): void {
    this.connections = [...this.ordered()];
    this.stale = false;
    this.asked = new Set(this.connections.flatMap(({ terms }) => terms.senders));
    this.isFiltered = this.asked.size > 0;
    this.ofAsked = new Map();
    this.ofOthers = new WeakMap();
    this.unfiltered = this.listOf(({ terms }) => terms.senders.length === 0);
    this.fast = this.allowsFast && !this.isFiltered && this.unfiltered.takesPayloadOnly ? this.unfiltered : undefined;
  }

  private select(key: unknown): ReceiverList {
    return this.listOf(record => record.receivesFrom(key));
  }

  /**
   * A receiver that is connected here and to a signal that this one extends is called once. A connection that may
   * say no when a message is sent leaves it to a later one.
   */
  private listOf(receives: (record: ConnectionRecord) => boolean): ReceiverList {
    const settled = new Set<unknown>();
    const records = this.connections.filter(record => {
      if (settled.has(record.key) || !receives(record)) return false;
      if (!record.isConditional) settled.add(record.key);
      return true;
    });
    return records.length === 0 ? NO_RECEIVERS : new ReceiverList(records);
  }
}
