import type { Attributes } from '@opentelemetry/api';
import { type AnySignal, isA, memberOf, SignalError } from '../core/index.js';

/** The name of the tracer and of the meter. */
export const SCOPE = 'nestjs-signals';

export function nameOfSignal(signal: AnySignal): string {
  return signal.constructor.name;
}

/** The tags of metrics, and the first attributes of spans. They have few values. */
export function tagsOf(signal: AnySignal, receiver: string, delivery: string): Attributes {
  return {
    'nestjs_signals.signal': nameOfSignal(signal),
    'nestjs_signals.receiver': receiver,
    'nestjs_signals.delivery': delivery,
  };
}

/** The attributes that lead from a line of a log to its trace. */
export function idsOf({ id, causedBy }: { readonly id: string; readonly causedBy?: string | undefined }): Attributes {
  return { 'messaging.message.id': id, ...(causedBy !== undefined && { 'nestjs_signals.caused_by': causedBy }) };
}

/** The attributes of an operation on stored messages, as the conventions for messaging have them. */
export function operationOf(name: 'store' | 'process', receiver: string): Attributes {
  return {
    'messaging.system': 'nestjs_signals',
    'messaging.operation.name': name,
    'messaging.operation.type': name === 'store' ? 'create' : 'process',
    'messaging.destination.name': receiver,
  };
}

/** The kind of an error. Its text is left out: it may show what was written, and to whom. */
export function typeOfError(error: unknown): string {
  if (isA(error, SignalError)) return error.code;
  const name = isA(error, Error) ? memberOf(error, 'name') : undefined;
  return typeof name === 'string' ? name : '_OTHER';
}
