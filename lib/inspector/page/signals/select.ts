import type { GraphReceiver, GraphSignal } from '../../signal-graph.ts';
import { holds } from '../parts/text.ts';

export type Which = 'all' | 'never-sent' | 'never-received';

export interface SignalFilter {
  readonly text: string;
  readonly which: Which;
}

/** The signals that a filter leaves, each with the receivers that it leaves: all of them if the signal itself matches. */
export function selectSignals(signals: readonly GraphSignal[], { text, which }: SignalFilter): GraphSignal[] {
  const ofKind = signals.filter(
    signal =>
      which === 'all' || (which === 'never-sent' ? signal.neverSent !== undefined : signal.receivers.length === 0),
  );
  if (text.trim() === '') return ofKind;
  return ofKind.flatMap(signal => {
    if (isNamed(signal, text)) return [signal];
    const receivers = signal.receivers.filter(receiver => isReceiverNamed(receiver, text));
    return receivers.length > 0 ? [{ ...signal, receivers }] : [];
  });
}

function isNamed({ name, modules, sentBy }: GraphSignal, text: string): boolean {
  return (
    [name, ...modules].some(one => holds(one, text)) ||
    sentBy.some(sender => holds(sender.class, text) || holds(sender.module, text))
  );
}

function isReceiverNamed({ uid, method, module, delivery }: GraphReceiver, text: string): boolean {
  return [uid, method, module, delivery].some(one => holds(one, text));
}
