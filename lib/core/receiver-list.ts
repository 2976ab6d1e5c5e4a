import type { ConnectionRecord, Receiver } from './connection.js';
import type { SignalResponse } from './response.js';

/**
 * The receivers of one sender, in order. Never changed once made: a send that took it keeps its snapshot.
 */
export class ReceiverList {
  readonly calls: readonly Receiver<never>[];
  /** Every receiver is called with the payload alone, and only its sender decides whether it runs. */
  readonly bare: boolean;

  constructor(readonly records: readonly ConnectionRecord[]) {
    this.calls = records.map(record => record.call);
    this.bare = records.every(record => !record.takesMessage && !record.terms.fields);
  }

  /** `values` holds what the receivers returned, by position; undefined when all returned nothing. */
  responses(values: readonly unknown[] | undefined): SignalResponse[] {
    return this.records.map((record, at) => fulfilled(record, values?.[at]));
  }
}

export const NOBODY = new ReceiverList([]);

export function fulfilled(record: ConnectionRecord, value: unknown): SignalResponse {
  return { receiver: record.uid, status: 'fulfilled', value };
}
