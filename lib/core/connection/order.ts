import type { ConnectionRecord } from './connection.js';
import { SignalError } from '../message/errors.js';

/** Under which name a receiver is known to those that `before` and `after` name it in. */
function orderName({ uid, terms: { delivery } }: ConnectionRecord): string {
  return `${delivery.name} ${uid}`;
}

/**
 * The receivers of one signal in the order in which they run: that of connection, except for what `before` and
 * `after` say. Who asks is moved, as little as possible; the others keep their order.
 *
 * @throws {SignalError} `RECEIVER_ORDER_UNKNOWN`, `RECEIVER_ORDER_CYCLE`
 */
export function inOrder(
  records: readonly ConnectionRecord[],
  signalName: string,
  gone: GoneUids,
): readonly ConnectionRecord[] {
  if (!records.some(({ terms }) => terms.before || terms.after)) return records;
  const graph = new OrderGraph(records, signalName, gone);
  const waiting = new Set(graph.byPlace());
  const ordered: ConnectionRecord[] = [];
  while (waiting.size > 0) {
    const next = [...waiting].find(record => [...graph.earlierThan(record)].every(other => !waiting.has(other)));
    if (!next) throw graph.cycle(waiting);
    waiting.delete(next);
    ordered.push(next);
  }
  return ordered;
}

/** Where a receiver stands: at a place of the connection order, or so many steps before it. */
interface Rank {
  readonly place: number;
  readonly ahead: number;
}

function byRank(one: Rank, other: Rank): number {
  return one.place - other.place || other.ahead - one.ahead;
}

class OrderGraph {
  /** The receivers that must run before a receiver. */
  private readonly earlier = new Map<ConnectionRecord, Set<ConnectionRecord>>();
  /** The receivers that a receiver asked to run before. */
  private readonly later = new Map<ConnectionRecord, ConnectionRecord[]>();

  constructor(
    private readonly records: readonly ConnectionRecord[],
    private readonly signalName: string,
    gone: GoneUids,
  ) {
    for (const record of records) this.earlier.set(record, new Set());
    for (const record of records) {
      const later = this.named(record, 'before', gone);
      this.later.set(record, later);
      for (const other of later) this.earlierThan(other).add(record);
      for (const other of this.named(record, 'after', gone)) this.earlierThan(record).add(other);
    }
  }

  earlierThan(record: ConnectionRecord): Set<ConnectionRecord> {
    // The constructor has put every record into it.
    return this.earlier.get(record)!;
  }

  /** Returns the receivers in connection order, except that one that asked to run before another stands right before it. */
  byPlace(): ConnectionRecord[] {
    const ranked = this.records.map(record => ({ record, ...this.rank(record) }));
    return ranked.sort(byRank).map(({ record }) => record);
  }

  private rank(record: ConnectionRecord, asked: readonly ConnectionRecord[] = []): Rank {
    const own = { place: this.records.indexOf(record), ahead: 0 };
    if (asked.includes(record)) return own;
    const others = (this.later.get(record) ?? []).map(other => this.rank(other, [...asked, record]));
    return [own, ...others.map(({ place, ahead }) => ({ place, ahead: ahead + 1 }))].sort(byRank)[0]!;
  }

  cycle(waiting: ReadonlySet<ConnectionRecord>): SignalError {
    const path: ConnectionRecord[] = [];
    let [record] = waiting;
    while (record && !path.includes(record)) {
      path.unshift(record);
      record = [...this.earlierThan(record)].find(other => waiting.has(other));
    }
    const loop = record ? [record, ...path.slice(0, path.indexOf(record) + 1)] : path;
    const places = loop.slice(1).map(it => it.whereIn(this.signalName));
    return new SignalError('RECEIVER_ORDER_CYCLE', {
      what: `Receivers of ${this.signalName} wait for each other: ${loop.map(({ uid }) => uid).join(' before ')}.`,
      at: places.join(' and '),
      fix: 'take out one `before` or `after` of these.',
    });
  }

  /** The receivers that one names; a name that ends in `?` may belong to no receiver. */
  private named(record: ConnectionRecord, side: 'before' | 'after', gone: GoneUids): ConnectionRecord[] {
    const { delivery, [side]: names = [] } = record.terms;
    return names.flatMap(name => {
      const uid = name.replace(/\?$/, '');
      const found = this.records.filter(other => other.uid === uid && other.terms.delivery.name === delivery.name);
      if (found.length > 0 || uid !== name || gone.has(`${delivery.name} ${uid}`)) return found;
      throw this.unknown(record, side, uid);
    });
  }

  private unknown(record: ConnectionRecord, side: string, uid: string): SignalError {
    const { name } = record.terms.delivery;
    const others = this.records.filter(other => other !== record && other.terms.delivery.name === name);
    const uids = others.map(other => other.uid).join(', ');
    return new SignalError('RECEIVER_ORDER_UNKNOWN', {
      what: `${record.uid} asks to run ${side} '${uid}', and no ${name} receiver of ${this.signalName} has that uid.`,
      at: record.whereIn(this.signalName),
      fix: `${uids ? `use one of ${uids}, or` : 'connect that receiver, too, or write'} '${uid}?' when it may be absent.`,
    });
  }
}

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
