import type { DeadGroup, DeadState, DeadSummary } from '../../page-types.ts';
import { addressOf } from '../parts/hooks.ts';
import { Empty, Name, Text } from '../parts/parts.tsx';
import { ago, count, counted, dateAndTime, visible } from '../parts/text.ts';
import { OperationButtons, type Run } from './operations.tsx';

interface FoundProps {
  readonly found: DeadState;
  readonly isFiltered: boolean;
  readonly run: Run;
}

/** The dead messages that a search has found, by error and one by one. */
export function Found({ found: { total, groups, messages }, isFiltered, run }: FoundProps) {
  if (total === 0 && isFiltered) return <Empty title="No dead message matches" />;
  if (total === 0)
    return <Empty title="No dead message">A message that has failed for the last time waits here.</Empty>;
  return (
    <>
      <h3>By error</h3>
      <ul class="groups">
        {groups.map(group => (
          <Group key={`${group.error} ${group.frame}`} group={group} run={run} />
        ))}
      </ul>
      <h3>Messages{messages.length < total && `, the newest ${count(messages.length)} of ${count(total)}`}</h3>
      <ul class="messages">
        {messages.map(message => (
          <Message key={message.id} message={message} run={run} />
        ))}
      </ul>
    </>
  );
}

function Group({ group, run }: { readonly group: DeadGroup; readonly run: Run }) {
  const { error, frame, count: size, ids, newest } = group;
  return (
    <li>
      <strong class="number failed">{count(size)}</strong>
      <span class="what">
        <Text of={error} class="error" />
        {frame !== undefined && (
          <code class="frame">
            <Text of={frame} />
          </code>
        )}
      </span>
      <span class="dim small">{ago(newest)}</span>
      <OperationButtons request={{ ids }} run={run} about={`${counted(ids.length, 'message')} of this error`} />
    </li>
  );
}

function Message({ message, run }: { readonly message: DeadSummary; readonly run: Run }) {
  const { id, receiver, signal, failedAt, attemptCount, error } = message;
  return (
    <li>
      <span class="what">
        <a href={addressOf('durable', id)}>
          <Name of={receiver} />
        </a>{' '}
        <span class="dim small">
          {visible(signal)} · {counted(attemptCount, 'attempt')} · {dateAndTime(failedAt)}
        </span>
        <Text of={error} class="error" />
      </span>
      <OperationButtons request={{ ids: [id] }} run={run} about={`message ${visible(id)}`} />
    </li>
  );
}
