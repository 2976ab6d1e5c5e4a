import type { GraphReceiver, GraphSignal } from './signal-graph.js';

/** Whether a send would call a receiver, as a graph knows it. */
export interface Verdict {
  readonly receiver: string;
  readonly delivery: string;
  readonly runs: 'yes' | 'no' | 'perhaps';
  readonly because: string;
  readonly source?: string | undefined;
}

/** Says of each receiver of a signal, in order, whether a send of this sender would call it, and why. Left out, the sender is one that no receiver names. */
export function verdictsOf({ receivers }: GraphSignal, sender?: string): Verdict[] {
  const taken = new Set<string>();
  return receivers.map(receiver => {
    const verdict = verdictOf(receiver, sender, taken);
    if (verdict.runs === 'yes') taken.add(receiver.uid);
    return verdict;
  });
}

function verdictOf(receiver: GraphReceiver, sender: string | undefined, taken: ReadonlySet<string>): Verdict {
  const { uid, delivery, senders, includeSubclasses, source, options } = receiver;
  const verdict = { receiver: uid, delivery, ...(source && { source }) };
  const asks = `it asks for ${senders.join(', ')}${includeSubclasses ? ' and subclasses' : ''}`;
  const isFor =
    senders.length === 0 || senders.some(one => sender !== undefined && [sender, `'${sender}'`].includes(one));
  if (taken.has(uid)) return { ...verdict, runs: 'no', because: 'it is called once, by an earlier connection' };
  if (!isFor && includeSubclasses && sender !== undefined)
    return { ...verdict, runs: 'perhaps', because: `${asks}; ${sender} may be one` };
  if (!isFor) return { ...verdict, runs: 'no', because: asks };
  const conditions = conditionsOf(options);
  const reason = senders.length > 0 ? asks : 'it asks for every sender';
  if (conditions.length === 0) return { ...verdict, runs: 'yes', because: reason };
  return { ...verdict, runs: 'perhaps', because: `${reason}; if ${conditions.join(' and ')}` };
}

function conditionsOf({ fields, when, once }: GraphReceiver['options']): string[] {
  return [
    ...(Array.isArray(fields) ? [`one of ${fields.join(', ')} changed, or it is new`] : []),
    ...(when ? ['its `when` returns true'] : []),
    ...(once ? ['it has not run before'] : []),
  ];
}
