import type { Receiver } from '../message/message.js';
import type { ConnectionRecord } from './connection.js';
import type { SignalResponse } from '../message/response.js';

/**
 * The receivers of one sender, in order. Never changed once made: a send that took it keeps its snapshot.
 */
export class ReceiverList {
  /** The functions, with their uids beside them: reading a uid is dear where it is the name of a function. */
  readonly calls: readonly Receiver<never>[];
  private readonly uids: readonly string[];
  /** All are called with the payload alone, without a further question. */
  readonly isBare: boolean;
  /** All are called with the payload alone, or later. */
  readonly isShort: boolean;
  readonly hasDeferred: boolean;
  /** All have their messages later, and some of them after COMMIT. */
  readonly isKept: boolean;
  /** Nothing but the sender decides who is called. */
  readonly isUnconditional: boolean;
  /** The first that has to be awaited. */
  readonly async: ConnectionRecord | undefined;
  private silent: SignalResponse[] | undefined;

  constructor(readonly records: readonly ConnectionRecord[]) {
    this.calls = records.map(({ call }) => call);
    this.uids = records.map(({ uid }) => uid);
    this.isUnconditional = records.every(record => !record.isConditional);
    this.isBare = this.isUnconditional && records.every(record => record.isBare);
    this.isShort = this.isUnconditional && records.every(record => record.isBare || record.isDeferred);
    this.hasDeferred = records.some(record => record.isDeferred);
    this.isKept =
      this.isUnconditional &&
      records.every(record => record.isDeferred) &&
      records.some(({ terms }) => terms.delivery.moment === 'after-commit');
    this.async = records.find(record => record.isAsync && !record.isDeferred);
  }

  /** The responses when all returned nothing: made once for all such sends, and frozen because they are shared. */
  get silence(): SignalResponse[] {
    return this.silent ?? (this.silent = this.makeSilence());
  }

  private makeSilence(): SignalResponse[] {
    const responses = this.uids.map(receiver => Object.freeze({ receiver, status: 'fulfilled', value: undefined }));
    return Object.freeze(responses) as SignalResponse[];
  }

  response(at: number, value: unknown): SignalResponse {
    return { receiver: this.uids[at]!, status: 'fulfilled', value };
  }

  /** Those of the receivers before this one, which returned nothing. */
  responsesBefore(end: number): SignalResponse[] {
    const responses: SignalResponse[] = [];
    for (let at = 0; at < end; at++) responses.push(this.response(at, undefined));
    return responses;
  }

  /** `values` holds what the receivers returned, by position. */
  responses(values: readonly unknown[]): SignalResponse[] {
    return this.uids.map((_uid, at) => this.response(at, values[at]));
  }
}

export const NOBODY = new ReceiverList([]);

export const NO_RESPONSES = NOBODY.silence;

export function deferred({ uid, terms }: ConnectionRecord): SignalResponse {
  return { receiver: uid, status: 'deferred', delivery: terms.delivery.name };
}

export function fulfilled(record: ConnectionRecord, value: unknown): SignalResponse {
  return { receiver: record.uid, status: 'fulfilled', value };
}
