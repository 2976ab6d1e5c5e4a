import type { ShownError } from '../../core/index.js';
import type { DeadMessage, MessageFilter } from '../../durable/index.js';
import type { DeadGroup, DeadState, DeadSummary } from '../page-types.js';
import { errorText } from '../recording/shown-text.js';
import { ownFrameOf } from './own-frame.js';

/** How many dead messages are looked at; the newest. */
export const LOOKED_AT = 1000;

/** Summarizes dead messages, the newest first, and groups them by error and first own frame. */
export function deadState(messages: readonly DeadMessage[], total: number, limit: number): DeadState {
  const summaries = messages.map(summaryOf);
  const groups = Map.groupBy(summaries, groupKey);
  return {
    total: Math.max(total, messages.length),
    groups: [...groups.values()].map(groupOf).sort((one, other) => other.count - one.count),
    messages: summaries.slice(0, limit),
  };
}

function summaryOf({ id, receiver, signal, failedAt, attemptCount, error }: DeadMessage): DeadSummary {
  const facts = { id, receiver, signal, failedAt: failedAt.getTime(), attemptCount };
  return { ...facts, error: errorText(error), frame: frameOf(error) };
}

/** Errors that differ in numbers and names only are of one kind. */
function groupKey({ error, frame }: DeadSummary): string {
  const kind = error
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi, '#')
    .replaceAll(/\d+/g, '#')
    .replaceAll(/'[^']*'|"[^"]*"/g, '?');
  return `${kind}\n${frame ?? ''}`;
}

function groupOf(some: readonly DeadSummary[]): DeadGroup {
  const [{ error, frame, failedAt }] = some as readonly [DeadSummary];
  return { error, frame, count: some.length, ids: some.map(({ id }) => id), newest: failedAt };
}

/** Returns the first own frame in the stack of the error, or of its cause. */
function frameOf({ stack, cause }: ShownError): string | undefined {
  return ownFrameOf(stack) ?? (cause && frameOf(cause));
}

/** The messages to search. */
export type DeadSearch = Pick<MessageFilter, 'receiver' | 'text'> & { readonly limit: number };
