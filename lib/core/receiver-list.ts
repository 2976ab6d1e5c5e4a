import type { ConnectionRecord, Receiver } from './connection.js';
import type { SignalResponse } from './response.js';

/**
 * The receivers of one sender, in order. Never changed once made: a send that took it keeps its snapshot.
 */
export class ReceiverList {
  /** Who is called with the payload alone, without a further question; undefined when not all are. */
  readonly bare: readonly Receiver<never>[] | undefined;
  /** The first that has to be awaited. */
  readonly async: ConnectionRecord | undefined;
  private all: readonly SignalResponse[] | undefined;

  constructor(readonly records: readonly ConnectionRecord[]) {
    if (records.every(record => record.isBare)) this.bare = records.map(({ call }) => call);
    this.async = records.find(record => record.isAsync);
  }

  /** The responses when all returned nothing: made once for all such sends, and frozen because they are shared. */
  get silence(): SignalResponse[] {
    this.all ??= Object.freeze(this.records.map(record => Object.freeze(fulfilled(record, undefined))));
    return this.all as SignalResponse[];
  }

  /** `values` holds what the receivers returned, by position. */
  responses(values: readonly unknown[]): SignalResponse[] {
    return this.records.map((record, at) => fulfilled(record, values[at]));
  }
}

export const NOBODY = new ReceiverList([]);

export function fulfilled(record: ConnectionRecord, value: unknown): SignalResponse {
  return { receiver: record.uid, status: 'fulfilled', value };
}
