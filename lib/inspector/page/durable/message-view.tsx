import { useEffect, useRef, useState } from 'preact/hooks';
import type { MessageState } from '../../page-types.ts';
import { api } from '../api.ts';
import { addressOf, useAsked } from '../parts/hooks.ts';
import { Facts, Name, Problem, Text } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { count, counted, dateAndTime, visible } from '../parts/text.ts';
import { OperationButtons, OutcomeLine, useOperations } from './operations.tsx';

export function MessageView({ id }: { readonly id: string }) {
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
      {message && outcome.done === undefined && (
        <OperationButtons request={{ ids: [id] }} run={run} about="this message" />
      )}
      {message && <Whole message={message} />}
    </section>
  );
}

function Whole({ message }: { readonly message: MessageState }) {
  const { payloads } = usePage();
  return (
    <>
      <Facts
        of={[
          ['Receiver', <Name of={message.receiver} strong />],
          ['Signal', message.signal],
          ['Send', message.message],
          ...(message.causedBy === undefined ? [] : [['Caused by', message.causedBy] as const]),
          ['Stored', dateAndTime(message.storedAt)],
        ]}
      />
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

function Attempts({ attempts }: Pick<MessageState, 'attempts'>) {
  return (
    <ol class="attempts">
      {attempts.map(({ at, error, stack, worker }, index) => (
        <li key={index}>
          <span class="dim">
            {dateAndTime(at)}
            {worker !== undefined && ` by ${visible(worker)}`}
          </span>
          <Text of={error} class="error" />
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
