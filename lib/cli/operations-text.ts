import { counted } from '../core/index.js';
import type { DeadMessage, DurableCounts } from '../pg-boss/index.js';
import { type Styled, wrapped } from './terminal.js';

/** A table with a row for each receiver. */
export function countsText(counts: readonly Omit<DurableCounts, 'parked'>[], styled: Styled): string {
  if (counts.length === 0) return 'No message is waiting, and none is dead.\n';
  const head = ['receiver', 'waiting', 'delayed', 'active', 'dead', 'oldest', ''];
  const rows = counts.map(({ receiver, waiting, delayed, active, dead, oldestMs, paused }) => [
    receiver,
    ...[waiting, delayed, active, dead].map(String),
    oldestMs > 0 ? `${Math.round(oldestMs / 1000)} s` : '-',
    paused ? 'paused' : '',
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map(row => row[at]!.length)));
  const [title = '', ...lines] = [head, ...rows].map(row =>
    row
      .map((cell, at) => (at === 0 || at === row.length - 1 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
  return `${[styled('bold', title), ...lines].join('\n')}\n`;
}

/** @param isAll - whether there was no filter. */
export function deadText(messages: readonly DeadMessage[], isAll: boolean, styled: Styled): string {
  if (messages.length === 0) return isAll ? 'No message is dead.\n' : 'No dead message matches.\n';
  return messages
    .map(({ message, receiver, signal, attemptCount, failedAt, error }) =>
      [
        `${styled('cyan', message)}  ${receiver} of ${signal}`,
        `  dead since ${failedAt.toISOString()}, after ${counted(attemptCount, 'attempt')}`,
        wrapped([error.name, oneLine(error.message)].filter(Boolean).join(': '), '  '),
        '',
      ].join('\n'),
    )
    .join('');
}

/** A message of an error may hold anything, control codes of terminals too. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
