import { useEffect, useRef } from 'preact/hooks';
import type { GraphReceiver, GraphSignal } from '../../signal-graph.ts';
import { Badge, Facts, Name, Text } from '../parts/parts.tsx';
import { counted, visible } from '../parts/text.ts';
import { Explain } from './explain.tsx';

interface CardProps {
  readonly signal: GraphSignal;
  readonly isNamed: boolean;
  readonly isOpen: boolean;
}

export function SignalCard({ signal, isNamed, isOpen }: CardProps) {
  const card = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (!isNamed) return;
    card.current?.scrollIntoView({ block: 'start' });
    card.current?.querySelector('summary')?.focus();
  }, [isNamed]);
  return (
    <details class="panel signal" ref={card} open={isNamed || isOpen}>
      <summary>
        <h2>
          <Name of={signal.name} strong />
        </h2>{' '}
        <Sums signal={signal} />
      </summary>
      <About signal={signal} />
      <Receivers signal={signal} />
      <Explain signal={signal} />
    </details>
  );
}

function Sums({ signal: { receivers, sentBy, sentByRoom, neverSent } }: { readonly signal: GraphSignal }) {
  const senders = sentByRoom === undefined ? counted(sentBy.length, 'sender') : `sent by ${sentByRoom}`;
  return (
    <>
      <span class="dim small">
        {counted(receivers.length, 'receiver')} · {senders}
      </span>{' '}
      {neverSent !== undefined && <Badge tone="warn">never sent</Badge>}{' '}
      {receivers.length === 0 && <Badge tone="warn">never received</Badge>}
    </>
  );
}

function About({ signal }: { readonly signal: GraphSignal }) {
  const { source, modules, sentBy, neverSent, extendedBy, payloadVersion } = signal;
  const senders = sentBy.map(sender => (
    <span key={`${sender.module} ${sender.class}`} class="sender">
      <Name of={sender.class} />{' '}
      <span class="dim small">{visible([sender.module, sender.source].filter(Boolean).join(' · '))}</span>
    </span>
  ));
  return (
    <Facts
      of={[
        ...(source === undefined ? [] : [['Source', source] as const]),
        ...(modules.length === 0 ? [] : [['Provided by', modules.join(', ')] as const]),
        ...(extendedBy.length === 0 ? [] : [['Extended by', extendedBy.join(', ')] as const]),
        ...(payloadVersion === 1 ? [] : [['Payload version', String(payloadVersion)] as const]),
        ...(neverSent === undefined ? [] : [['Never sent', neverSent] as const]),
        ...(sentBy.length === 0 ? [] : [['Senders', senders] as const]),
      ]}
    />
  );
}

function Receivers({ signal: { name, receivers } }: { readonly signal: GraphSignal }) {
  if (receivers.length === 0) return <p class="dim">No receiver is connected.</p>;
  return (
    <ol class="receivers" aria-label={`Receivers of ${visible(name)}, in order`}>
      {receivers.map((receiver, at) => (
        <Receiver key={`${at} ${receiver.uid}`} receiver={receiver} />
      ))}
    </ol>
  );
}

function Receiver({ receiver }: { readonly receiver: GraphReceiver }) {
  const { uid, method, module, source, senders, includeSubclasses, delivery, options } = receiver;
  const given = Object.entries(options).map(([name, value]) => `${name}: ${String(value)}`);
  return (
    <li>
      <Name of={uid} />
      <span class="delivery">{delivery}</span>
      {senders.length > 0 && (
        <span class="small">
          of <Text of={`${senders.join(', ')}${includeSubclasses ? ' and subclasses' : ''}`} />
        </span>
      )}
      <span class="dim small">
        {visible([method === uid ? undefined : method, module, ...given, source].filter(Boolean).join(' · '))}
      </span>
    </li>
  );
}
