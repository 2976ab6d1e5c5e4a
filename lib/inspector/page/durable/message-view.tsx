import { useEffect, useRef, useState } from 'preact/hooks';
import type { MessageState } from '../../page-types.ts';
import { api } from '../api.ts';
import { addressOf, useAsked } from '../parts/hooks.ts';
import { Facts, Name, Problem, Text } from '../parts/parts.tsx';
import { count, counted, dateAndTime, visible } from '../parts/text.ts';
import { OperationButtons, OutcomeLine, useOperations } from './operations.tsx';

interface ViewProps {
  readonly id: string;
  readonly operations: boolean;
  readonly payloads: boolean;
}

export function MessageView({ id, operations, payloads }: ViewProps) {
  const { answer: message, error } = useAsked(signal => api.message(id, signal), { key: id });
  const { outcome, run } = useOperations(() => {});
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <section class="panel message">
      <p>
        <a href={addressOf('durable')}>← All dead messages</a>
      </p>
      <h2 ref={title} tabIndex={-1}>
        Message <Text of={id} />
      </h2>
      <Problem error={error} />
      <OutcomeLine outcome={outcome} />
      {operations && message && outcome.done === undefined && (
        <OperationButtons request={{ ids: [id] }} run={run} about="this message" />
      )}
      {message && <Whole message={message} payloads={payloads} />}
    </section>
  );
}

function Whole({ message, payloads }: { readonly message: MessageState; readonly payloads: boolean }) {
  return (
    <>
      <About message={message} />
      <h3>Payload</h3>
      {!payloads && <p class="dim">Values are not shown: the option payloads shows them, masked.</p>}
      <Json of={message.payload} label="Payload" />
      {message.context !== undefined && (
        <>
          <h3>Context</h3>
          <Json of={message.context} label="Context" />
        </>
      )}
      <h3>{counted(message.attempts.length, 'attempt')}</h3>
      <Attempts attempts={message.attempts} />
    </>
  );
}

function About({ message: { receiver, signal, message, causedBy, storedAt } }: { readonly message: MessageState }) {
  return (
    <Facts
      of={[
        ['Receiver', <Name of={receiver} strong />],
        ['Signal', signal],
        ['Send', message],
        ...(causedBy === undefined ? [] : [['Caused by', causedBy] as const]),
        ['Stored', dateAndTime(storedAt)],
      ]}
    />
  );
}

function Attempts({ attempts }: Pick<MessageState, 'attempts'>) {
  return (
    <ol class="attempts">
      {attempts.map(({ at, error, stack, worker }, index) => (
        <li key={index}>
          <span class="dim">
            {dateAndTime(at)}
            {worker !== undefined && ` by ${visible(worker)}`}
          </span>
          <span class="error">
            <Text of={error} />
          </span>
          {stack !== undefined && (
            <details open={index === attempts.length - 1}>
              <summary>Stack</summary>
              <pre tabIndex={0}>{visible(stack)}</pre>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

/** A longer text makes a browser slow; the rest is shown when it is asked for. */
const READABLE = 20_000;

function Json({ of: value, label }: { readonly of: unknown; readonly label: string }) {
  const [isWhole, setWhole] = useState(false);
  const text = typeof value === 'string' ? value : (JSON.stringify(value, undefined, 2) ?? 'undefined');
  const isCut = !isWhole && text.length > READABLE;
  return (
    <>
      <pre tabIndex={0} role="region" aria-label={label}>
        {visible(isCut ? text.slice(0, READABLE) : text)}
      </pre>
      {isCut && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          Show all {count(text.length)} characters
        </button>
      )}
    </>
  );
}
