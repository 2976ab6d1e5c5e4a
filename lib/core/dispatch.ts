import { isAsyncFunction } from 'node:util/types';
import type { ConnectionRecord } from './connection.js';
import { SignalError } from './errors.js';
import { fulfilled } from './receiver-list.js';
import type { SignalResponse } from './response.js';
import { type Sending, SentMessage } from './sending.js';

/** Calls the receivers of one send, one after another, and stops at the first that fails. */
export async function deliver(sending: Sending, records = receiversOf(sending)): Promise<SignalResponse[]> {
  const responses: SignalResponse[] = [];
  for (const record of records) {
    const value = call(sending, record);
    responses.push(fulfilled(record, isThenable(value) ? await value : value));
  }
  return responses;
}

/** Calls every receiver of one send, one after another. What failed is in the responses, and logged. */
export async function deliverRobust(sending: Sending, records = receiversOf(sending)): Promise<SignalResponse[]> {
  const responses: SignalResponse[] = [];
  for (const record of records) {
    try {
      const value = call(sending, record);
      responses.push(fulfilled(record, isThenable(value) ? await value : value));
    } catch (reason) {
      responses.push({ receiver: record.uid, status: 'rejected', reason });
      sending.channel.registry.log.receiverFailed(record.uid, sending.channel.name, reason);
    }
  }
  return responses;
}

/** Calls the receivers of one send before it returns, or refuses before it calls any. */
export function deliverSync(sending: Sending, records = receiversOf(sending)): SignalResponse[] {
  const async = records.find(record => record.terms.origin?.async ?? isAsyncFunction(record.call));
  if (async) throw asyncReceiver(sending, async);
  return records.map(record => {
    const value = call(sending, record);
    if (!isThenable(value)) return fulfilled(record, value);
    // It was called already: its error must reach somebody, and not as an unhandled rejection.
    value.then(undefined, (reason: unknown) =>
      sending.channel.registry.log.receiverFailed(record.uid, sending.channel.name, reason),
    );
    throw asyncReceiver(sending, record);
  });
}

/** Decides, once, who hears a send: what is connected or changed later has no say in it. */
function receiversOf(sending: Sending): readonly ConnectionRecord[] {
  const list = sending.channel.registry.listFor(sending);
  return list.bare ? list.records : list.records.filter(record => isAskedFor(sending, record));
}

function isAskedFor({ channel, payload }: Sending, { terms: { fields } }: ConnectionRecord): boolean {
  if (!fields) return true;
  const changed = channel.traits.changedFields?.(payload);
  return changed === undefined || fields.some(field => changed.includes(field));
}

function call(sending: Sending, record: ConnectionRecord): unknown {
  const { scope } = sending;
  const receive = record.call as unknown as (payload: object, message?: SentMessage) => unknown;
  const { payload } = sending;
  const message = record.takesMessage ? new SentMessage(sending, record) : undefined;
  const run = () => (message ? receive(payload, message) : receive(payload));
  return scope ? scope.run(run) : run();
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}

function asyncReceiver({ channel }: Sending, record: ConnectionRecord): SignalError {
  return new SignalError('RECEIVER_IS_ASYNC', {
    what: `${channel.name}.sendSync() cannot wait for ${record.uid}, which is asynchronous.`,
    at: record.whereIn(channel.name),
    fix: `await ${channel.name}.send(), or make the receiver synchronous.`,
  });
}
