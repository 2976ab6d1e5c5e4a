import type { ConnectionRecord } from './connection.js';
import { SignalError } from '../message/errors.js';

/** The uids that were connected, by delivery: what is gone is not a typing error. */
export type KnownUids = Pick<ReadonlySet<string>, 'has'>;

/** Under which name a receiver is known to those that `before` and `after` name it in. */
export function orderName({ uid, terms: { delivery } }: ConnectionRecord): string {
  return `${delivery.name} ${uid}`;
}

/**
 * The receivers of one signal in the order in which they run: that of connection, but for what `before` and
 * `after` say. Who asks is moved, as little as possible; the others keep their order.
 *
 * @throws {SignalError} `RECEIVER_ORDER_UNKNOWN`, `RECEIVER_ORDER_CYCLE`
 */
export function inOrder(
  records: readonly ConnectionRecord[],
  signalName: string,
  known: KnownUids,
): readonly ConnectionRecord[] {
  if (!records.some(({ terms }) => terms.before || terms.after)) return records;
  const graph = new OrderGraph(records, signalName, known);
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
  /** Who has to run before whom. */
  private readonly earlier = new Map<ConnectionRecord, Set<ConnectionRecord>>();
  /** Whom one asked to run before. */
  private readonly later = new Map<ConnectionRecord, ConnectionRecord[]>();

  constructor(
    private readonly records: readonly ConnectionRecord[],
    private readonly signalName: string,
    known: KnownUids,
  ) {
    for (const record of records) this.earlier.set(record, new Set());
    for (const record of records) {
      this.later.set(record, this.named(record, 'before', known));
      for (const later of this.laterThan(record)) this.earlierThan(later).add(record);
      for (const other of this.named(record, 'after', known)) this.earlierThan(record).add(other);
    }
  }

  earlierThan(record: ConnectionRecord): Set<ConnectionRecord> {
    // The constructor has put every record into it.
    return this.earlier.get(record)!;
  }

  private laterThan(record: ConnectionRecord): readonly ConnectionRecord[] {
    return this.later.get(record) ?? [];
  }

  /** In connection order, but that who asked to be before another stands right before it. */
  byPlace(): ConnectionRecord[] {
    const ranked = this.records.map(record => ({ record, ...this.rank(record) }));
    return ranked.sort(byRank).map(({ record }) => record);
  }

  private rank(record: ConnectionRecord, asked: readonly ConnectionRecord[] = []): Rank {
    const own = { place: this.records.indexOf(record), ahead: 0 };
    if (asked.includes(record)) return own;
    const others = this.laterThan(record).map(other => this.rank(other, [...asked, record]));
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
    return new SignalError('RECEIVER_ORDER_CYCLE', {
      what: `Receivers of ${this.signalName} wait for each other: ${loop.map(({ uid }) => uid).join(' before ')}.`,
      at: loop
        .slice(1)
        .map(it => it.whereIn(this.signalName))
        .join(' and '),
      fix: 'take out one `before` or `after` of these.',
    });
  }

  /** The receivers that one names; a name that ends in `?` may belong to no receiver. */
  private named(record: ConnectionRecord, side: 'before' | 'after', known: KnownUids): ConnectionRecord[] {
    const { delivery, [side]: names = [] } = record.terms;
    return names.flatMap(name => {
      const uid = name.replace(/\?$/, '');
      const found = this.records.filter(other => other.uid === uid && other.terms.delivery.name === delivery.name);
      if (found.length > 0 || uid !== name || known.has(`${delivery.name} ${uid}`)) return found;
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
