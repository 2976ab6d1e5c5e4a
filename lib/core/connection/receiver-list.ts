import type { Message, SignalResponse } from '../message/message.js';
import type { ConnectionRecord } from './connection.js';

/** A receiver as sends call it. */
export type Call = (payload: object, message?: Message) => unknown;

/**
 * The receivers of one sender, in order. Never changed once made: a send that took it keeps its snapshot.
 */
export class ReceiverList {
  readonly calls: readonly Call[];
  /** Read once: the uid of a record is computed. */
  private readonly uids: readonly string[];
  /** Whether all are called with the payload alone, unconditionally. */
  readonly takesPayloadOnly: boolean;
  /** For each receiver whether it takes the message; undefined if one needs more than a call, or none takes it. */
  readonly takesMessage: readonly boolean[] | undefined;
  /** Whether all are called with the payload alone, or later. */
  readonly isFastInScope: boolean;
  readonly hasDeferred: boolean;
  /** Whether all are called later, and some of them after COMMIT. */
  readonly waitsForCommit: boolean;
  /** Whether the sender alone decides which receivers are called. */
  readonly isUnconditional: boolean;
  /** The first receiver that has to be awaited. */
  readonly async: ConnectionRecord | undefined;
  private madeNoAnswers: SignalResponse[] | undefined;

  constructor(readonly records: readonly ConnectionRecord[]) {
    this.uids = records.map(({ uid }) => uid);
    this.calls = records.map(({ call }) => call as Call);
    this.isUnconditional = records.every(record => !record.isConditional);
    this.takesPayloadOnly = this.isUnconditional && records.every(record => record.takesPayloadOnly);
    const isDirect = !this.takesPayloadOnly && this.isUnconditional && records.every(record => record.isCalledDirectly);
    this.takesMessage = isDirect ? records.map(record => record.takesMessage) : undefined;
    this.isFastInScope = this.isUnconditional && records.every(record => record.takesPayloadOnly || record.isDeferred);
    this.hasDeferred = records.some(record => record.isDeferred);
    this.waitsForCommit =
      this.isUnconditional &&
      records.every(record => record.isDeferred) &&
      records.some(({ terms }) => terms.delivery.moment === 'after-commit');
    this.async = records.find(record => record.isAsync && !record.isDeferred);
  }

  /** The responses when all returned nothing: made once for all such sends, and frozen because they are shared. */
  get noAnswers(): SignalResponse[] {
    return this.madeNoAnswers ?? (this.madeNoAnswers = this.makeNoAnswers());
  }

  private makeNoAnswers(): SignalResponse[] {
    const responses = this.uids.map(receiver => Object.freeze({ receiver, status: 'fulfilled', value: undefined }));
    return Object.freeze(responses) as SignalResponse[];
  }

  response(at: number, value: unknown): SignalResponse {
    return { receiver: this.uids[at]!, status: 'fulfilled', value };
  }

  /** Returns the responses of the receivers before this one, all of which returned nothing. */
  responsesBefore(end: number): SignalResponse[] {
    const responses: SignalResponse[] = [];
    for (let at = 0; at < end; at++) responses.push(this.response(at, undefined));
    return responses;
  }
}

export const NO_RECEIVERS = new ReceiverList([]);

export const NO_RESPONSES = NO_RECEIVERS.noAnswers;
