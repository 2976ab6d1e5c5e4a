import { SignalError } from '../../core/index.js';

/** A message of a signal that its receiver does not receive. */
export function noReceiver(uid: string, signal: string, isOwn: boolean): SignalError {
  const further = isOwn
    ? 'purge its messages with DurableSignals'
    : 'give it another uid where another application has this one';
  return new SignalError('JOB_WITHOUT_RECEIVER', {
    what: `A message of ${signal} is stored for ${uid}, which does not receive ${signal}.`,
    at: `the worker of ${uid}`,
    fix: `connect the receiver to the signal again; if the class of the signal was renamed, keep its name: static readonly signalName = '${signal}'; or ${further}.`,
  });
}

/** A message whose payload is newer than this process. */
export function newerVersion(uid: string, signal: string, version: number): SignalError {
  return new SignalError('PAYLOAD_INVALID', {
    what: `A message of ${signal} for ${uid} has version ${version}, which this process does not know; it was given back.`,
    at: `the worker of ${uid}`,
    fix: 'deploy the newer version here, too; while that is under way, wait.',
  });
}
