import { sendBare, sendBareSync } from './fast-path.js';
import type { ConnectionRecord } from '../connection/connection.js';
import { skipReason } from './select-receivers.js';
import { withinTime } from './timeout.js';
import type { SendOptions } from '../message/message.js';
import { isObserved, observation } from '../message/observation.js';
import { deferred, fulfilled } from '../connection/receiver-list.js';
import type { SignalResponse } from '../message/response.js';
import { type Scope, Sending, type SendingChannel as Channel } from './sending.js';
import { SentMessage } from './sent-message.js';
import { surround } from './surround.js';
import { abandon, asyncReceiver, needsTransaction } from './synchronous.js';
import { isThenable } from '../message/thenable.js';

/** Calls the receivers of one send, one after another, and stops at the first that fails. */
export function send(
  channel: Channel,
  sender: unknown,
  payload: object,
  options?: SendOptions,
): Promise<SignalResponse[]> {
  try {
    const list = channel.running === 0 && !options?.em ? channel.quietList(sender) : undefined;
    if (!list) return deliver(new Sending(channel, sender, payload, options));
    const { unitsOfWork } = channel.registry;
    const scope = unitsOfWork && list.records.length > 0 ? unitsOfWork.around(sender) : undefined;
    return sendBare(channel, list, payload, scope);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Calls every receiver of one send, one after another. What failed is in the responses, and logged. */
export async function sendRobust(sending: Sending): Promise<SignalResponse[]> {
  return deliver(sending, true);
}

/** `send`, for receivers that need more than the payload. With `robust` every receiver is called, whatever the others do. */
export function deliver(
  sending: Sending,
  robust = false,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  return (sending.settled = deliverNow(sending, robust, records));
}

function deliverNow(
  sending: Sending,
  robust: boolean,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  const { channel, registry } = sending;
  const observed = (sending.isObserved = isObserved());
  if (!observed && channel.running === 0) {
    sending.level = registry.nesting.level;
    return run(sending, robust, records);
  }
  const path = registry.nesting.pathTo(channel, sending.frame, registry.channels);
  sending.level = path.length - 1;
  return registry.ambient.run({ path, ...(observed && { cause: sending.id }) }, () =>
    observed
      ? observation.send.tracePromise(run, sending, undefined, sending, robust, records)
      : run(sending, robust, records),
  );
}

/** Calls these receivers of a send, or those that it has. */
export async function run(
  sending: Sending,
  robust: boolean,
  records?: readonly ConnectionRecord[],
): Promise<SignalResponse[]> {
  const { channel, registry } = sending;
  const responses: SignalResponse[] = [];
  registry.nesting.start(channel);
  try {
    const checking = sending.isBatch ? undefined : channel.schema?.check(sending.payload);
    if (checking) {
      sending.takeOff();
      await checking;
    }
    for (const record of surround(sending, robust, records ?? chosen(sending, robust))) {
      try {
        if (sending.undecided?.has(record)) throw sending.undecided.get(record);
        const value = record.isDeferred ? registry.defer(sending, record) : call(sending, record);
        if (isThenable(value)) sending.takeOff();
        const answer = isThenable(value) ? await value : value;
        responses.push(record.isDeferred ? deferred(record) : fulfilled(record, answer));
      } catch (reason) {
        if (!robust) throw record.isDeferred ? reason : sending.refused(reason);
        responses.push({ receiver: record.uid, status: 'rejected', reason });
        registry.log.receiverFailed(record.uid, channel.name, reason);
      }
    }
    await sending.unstored?.store(robust ? responses : undefined);
    return responses;
  } finally {
    registry.nesting.end(channel);
    registry.flights.remove(sending);
    sending.release();
  }
}

/** Calls one receiver of a send whose time has come. What it returns is waited for by whoever calls. */
export function callDue(sending: Sending, record: ConnectionRecord): unknown {
  const { channel, registry } = sending;
  sending.isObserved = isObserved();
  registry.nesting.start(channel);
  let value: unknown;
  try {
    value = call(sending, record);
    return isThenable(value) ? landed(value, sending) : value;
  } finally {
    if (!isThenable(value)) registry.nesting.end(channel);
  }
}

async function landed(value: PromiseLike<unknown>, sending: Sending): Promise<unknown> {
  const { channel, registry } = sending;
  registry.flights.add(sending);
  try {
    return await value;
  } finally {
    registry.nesting.end(channel);
    registry.flights.remove(sending);
  }
}

/** Calls the receivers of one send before it returns, or refuses before it calls any. */
export function sendSync(channel: Channel, sender: unknown, payload: object, options?: SendOptions): SignalResponse[] {
  const list = options?.em ? undefined : channel.quietList(sender);
  return list && !list.async
    ? sendBareSync(channel, list, payload)
    : deliverSync(new Sending(channel, sender, payload, options));
}

/** `sendSync`, for receivers that need more than the payload. */
export function deliverSync(sending: Sending): SignalResponse[] {
  sending.isSync = true;
  sending.isObserved = isObserved();
  return sending.isObserved ? observation.send.traceSync(runSync, sending, undefined, sending) : runSync(sending);
}

function runSync(sending: Sending): SignalResponse[] {
  const { channel, registry } = sending;
  sending.level = registry.nesting.level;
  channel.schema?.checkSync(sending.payload);
  const records = surround(sending, false, chosen(sending, false));
  const responses: SignalResponse[] = [];
  for (const record of records) {
    try {
      const value = record.isDeferred ? registry.defer(sending, record) : call(sending, record);
      if (isThenable(value)) throw abandon(channel, record, value);
      responses.push(record.isDeferred ? deferred(record) : fulfilled(record, value));
    } catch (reason) {
      throw record.isDeferred ? reason : sending.refused(reason);
    }
  }
  return responses;
}

/** Decides, once, who hears a send: what is connected or changed later has no say in it. */
function chosen(sending: Sending, robust: boolean): readonly ConnectionRecord[] {
  const { registry } = sending;
  const list = registry.startup.listFor(sending);
  const decides = !list.isUnconditional || registry.attention.isNeeded;
  const records = decides ? list.records.filter(willing(sending, robust)) : list.records;
  if (list.records.length === 0) registry.lateSends.check(sending.channel);
  if (sending.isSync) refuseSync(sending, records);
  if (!decides) return records;
  for (const record of records) {
    if (record.terms.once && !batchFor(sending, record) && !sending.undecided?.has(record)) registry.spend(record);
  }
  if (records.length > 0) sending.captureContext();
  return records;
}

/** What a synchronous send cannot do is refused before anybody is called. */
function refuseSync(sending: Sending, records: readonly ConnectionRecord[]): void {
  const async = records.find(record => record.isAsync && !record.isDeferred);
  if (async) throw asyncReceiver(sending.channel, async);
  const later = records.find(record => record.isDeferred);
  if (later && !sending.registry.unitsOfWork?.transactionOf(sending)) throw needsTransaction(sending.channel, later);
}

/** Who wants the message. A receiver has it once, by the first of its connections that does. */
function willing(sending: Sending, robust: boolean): (record: ConnectionRecord) => boolean {
  const { channel, registry } = sending;
  const taken = new Set<unknown>();
  return record => {
    if (taken.has(record.key)) return false;
    const because = reasonOf(sending, record, robust);
    if (because === undefined) return Boolean(taken.add(record.key));
    registry.log.receiverSkipped(record.uid, channel.name, because);
    if (observation.skip.hasSubscribers) observation.skip.publish({ send: sending, receiver: record.uid, because });
    return false;
  };
}

/** With `robust` a `when` that fails is the failure of its receiver, and not of the send. */
function reasonOf(sending: Sending, record: ConnectionRecord, robust: boolean): string | undefined {
  try {
    return skipReason(sending, record);
  } catch (error) {
    if (!robust) throw error;
    (sending.undecided ??= new Map<ConnectionRecord, unknown>()).set(record, error);
    return undefined;
  }
}

/** @returns what the receiver answered; that of a batch is not known yet. */
function call(sending: Sending, record: ConnectionRecord): unknown {
  const batch = batchFor(sending, record);
  return batch ? batch.add(sending, record) : callNow(sending, record);
}

/** Where a payload is kept for a receiver that wants many in one call. */
function batchFor({ isBatch, isLate, scope }: Sending, { terms }: ConnectionRecord): Scope['batch'] {
  return terms.batch && !isBatch && !isLate && !terms.delivery.moment ? scope?.batch : undefined;
}

function callNow(sending: Sending, record: ConnectionRecord): unknown {
  const { channel, registry, isSync } = sending;
  const outer = registry.nesting.level;
  registry.nesting.enter(channel, sending.level);
  sending.current = record;
  try {
    if (!sending.isObserved) return callReceiver(sending, record);
    const { receive } = observation;
    const observed = { send: sending, receiver: record.uid, delivery: record.terms.delivery.name };
    return isSync
      ? receive.traceSync(callReceiver, observed, undefined, sending, record)
      : receive.tracePromise(awaitReceiver, observed, undefined, sending, record);
  } finally {
    registry.nesting.level = outer;
  }
}

function callReceiver(sending: Sending, record: ConnectionRecord): unknown {
  const { scope, isBatch, registry } = sending;
  const { terms } = record;
  const payload = terms.batch && !isBatch ? [sending.payload] : sending.payload;
  const standIn = registry.overrides.standInFor(record);
  const takesMessage = record.takesMessage || standIn !== undefined;
  const hasLimit = terms.timeoutMs !== undefined;
  const message = takesMessage || hasLimit ? new SentMessage(sending, record) : undefined;
  const receiver = (standIn ?? record.call) as unknown as (payload: object, message?: SentMessage) => unknown;
  const receive = (told: object) => (takesMessage ? receiver(told, message) : receiver(told));
  if (scope) [scope.receiver, scope.signal] = [record, sending.channel];
  const value = scope ? scope.run(receive, payload) : receive(payload);
  return hasLimit && isThenable(value) ? withinTime(value, sending, record, message!) : value;
}

async function awaitReceiver(sending: Sending, record: ConnectionRecord): Promise<unknown> {
  return callReceiver(sending, record);
}
