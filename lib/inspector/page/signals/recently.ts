import type { SendRecord } from '../../page-types.ts';
import { becameOf } from '../now/call-text.ts';

/** Counts what became of the calls of each receiver in the recorded sends of a signal, the most frequent first. */
export function recentlyOf(signal: string, sends: readonly SendRecord[]) {
  const own = sends.filter(send => send.signal === signal);
  const lines = new Map<string, { receiver: string; text: string; times: number }>();
  const add = (receiver: string, text: string) => {
    const key = JSON.stringify([receiver, text]);
    const line = lines.get(key) ?? { receiver, text, times: 0 };
    line.times += 1;
    lines.set(key, line);
  };
  for (const { receivers, skips } of own) {
    for (const call of receivers) add(call.receiver, becameOf(call));
    for (const { receiver, because } of skips) add(receiver, `not called: ${because}`);
  }
  return { sends: own.length, lines: [...lines.values()].sort((one, other) => other.times - one.times) };
}
