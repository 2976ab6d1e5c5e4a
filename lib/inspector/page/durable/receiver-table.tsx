import { useState } from 'preact/hooks';
import type { DurableReceiverState } from '../../page-types.ts';
import { api } from '../api.ts';
import { messageOf } from '../parts/hooks.ts';
import { Badge, Name, Problem } from '../parts/parts.tsx';
import { count, spanOf, visible } from '../parts/text.ts';

interface TableProps {
  readonly receivers: readonly DurableReceiverState[];
  readonly operations: boolean;
  readonly onChange: () => void;
  /** Somebody asks for the dead messages of one receiver. */
  readonly onReceiver: (receiver: string) => void;
}

export function ReceiverTable({ receivers, operations, onChange, onReceiver }: TableProps) {
  const [error, setError] = useState<string>();
  const pause = (receiver: string, operation: 'pause' | 'resume') =>
    api.operate({ operation, receiver }).then(
      () => (setError(undefined), onChange()),
      (cause: unknown) => setError(messageOf(cause)),
    );
  return (
    <section class="panel" aria-labelledby="receivers-title">
      <h2 id="receivers-title">Receivers</h2>
      <Problem error={error} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of receivers">
        <table>
          <Titles operations={operations} />
          <tbody>
            {receivers.map(one => (
              <Row key={one.receiver} row={one} pause={operations ? pause : undefined} onReceiver={onReceiver} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Titles({ operations }: { readonly operations: boolean }) {
  return (
    <thead>
      <tr>
        <th scope="col">Receiver</th>
        {['Waiting', 'Active', 'Dead', 'Oldest', 'Per minute'].map(title => (
          <th scope="col" class="number" key={title}>
            {title}
          </th>
        ))}
        {operations && <th scope="col">Operation</th>}
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly row: DurableReceiverState;
  readonly pause: ((receiver: string, operation: 'pause' | 'resume') => Promise<void>) | undefined;
  readonly onReceiver: (receiver: string) => void;
}

function Row({ row, pause, onReceiver }: RowProps) {
  const { receiver, waiting, delayed, active, oldestMs, paused, ratePerMinute } = row;
  return (
    <tr>
      <th scope="row">
        <Name of={receiver} /> <Signal row={row} />
      </th>
      <td class="number">
        {count(waiting)}
        {delayed > 0 && <span class="dim small"> +{count(delayed)} later</span>}
      </td>
      <td class="number">{count(active)}</td>
      <td class="number">
        <DeadCount row={row} onReceiver={onReceiver} />
      </td>
      <td class="number">{waiting > 0 || active > 0 ? spanOf(oldestMs) : '–'}</td>
      <td class="number">{count(ratePerMinute)}</td>
      {pause && (
        <td>
          <button type="button" class="small" onClick={() => void pause(receiver, paused ? 'resume' : 'pause')}>
            {paused ? 'Resume' : 'Pause'}
            <span class="unseen"> {visible(receiver)}</span>
          </button>
        </td>
      )}
    </tr>
  );
}

function Signal({ row: { signal, paused, parked } }: { readonly row: DurableReceiverState }) {
  return (
    <>
      {signal !== undefined && <span class="dim small">{visible(signal)}</span>}{' '}
      {paused && <Badge tone="warn">paused</Badge>} {parked && <Badge tone="warn">no worker</Badge>}
    </>
  );
}

function DeadCount({ row: { receiver, dead }, onReceiver }: Omit<RowProps, 'pause'>) {
  if (dead === 0) return <>0</>;
  return (
    <button type="button" class="link failed" onClick={() => onReceiver(receiver)}>
      {count(dead)}
      <span class="unseen"> dead messages of {visible(receiver)}</span>
    </button>
  );
}
