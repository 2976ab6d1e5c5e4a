import type { SendRecord } from '../../page-types.ts';
import { holds } from '../parts/text.ts';
import { toneOf } from './call-text.ts';
import { type SendTree, sendsOf } from './tree.ts';

export type Trouble = 'all' | 'failed' | 'slow';

export interface SendFilter {
  readonly signal: string;
  readonly receiver: string;
  readonly trouble: Trouble;
}

export const EVERYTHING: SendFilter = { signal: '', receiver: '', trouble: 'all' };

export function isFiltering({ signal, receiver, trouble }: SendFilter): boolean {
  return signal.trim() !== '' || receiver.trim() !== '' || trouble !== 'all';
}

/** The trees in which one send fulfils every condition; they stay whole, so that what caused it can be read. */
export function filterTrees(trees: readonly SendTree[], filter: SendFilter): readonly SendTree[] {
  if (!isFiltering(filter)) return trees;
  return trees.filter(tree => [...sendsOf(tree)].some(send => fulfils(send, filter)));
}

function fulfils(send: SendRecord, { signal, receiver, trouble }: SendFilter): boolean {
  const names = [...send.receivers, ...send.skips].map(one => one.receiver);
  return (
    (signal.trim() === '' || holds(send.signal, signal)) &&
    (receiver.trim() === '' || names.some(name => holds(name, receiver))) &&
    (trouble === 'all' || (trouble === 'failed' ? hasFailed(send) : send.slow))
  );
}

/** Whether the send or a receiver of it has failed, at once or later. */
export function hasFailed({ failed, receivers }: SendRecord): boolean {
  return failed || receivers.some(call => toneOf(call) === 'bad');
}
