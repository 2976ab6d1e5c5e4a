import { useState } from 'preact/hooks';
import type { DurableReceiverState } from '../../page-types.ts';
import { api } from '../api.ts';
import { messageOf } from '../parts/hooks.ts';
import { Badge, Name, Problem } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { count, spanOf, visible } from '../parts/text.ts';

interface TableProps {
  readonly receivers: readonly DurableReceiverState[];
  readonly onChange: () => void;
  /** Somebody asks for the dead messages of one receiver. */
  readonly onReceiver: (receiver: string) => void;
}

export function ReceiverTable({ receivers, onChange, onReceiver }: TableProps) {
  const [error, setError] = useState<string>();
  const pause = ({ receiver, paused }: DurableReceiverState) =>
    api.operate({ operation: paused ? 'resume' : 'pause', receiver }).then(
      () => (setError(undefined), onChange()),
      (cause: unknown) => setError(messageOf(cause)),
    );
  return (
    <section class="panel" aria-labelledby="receivers-title">
      <h2 id="receivers-title">Receivers</h2>
      <Problem error={error} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Table of receivers">
        <table>
          <Titles />
          <tbody>
            {receivers.map(one => (
              <Row key={one.receiver} row={one} onPause={() => pause(one)} onReceiver={onReceiver} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Titles() {
  const { operations } = usePage();
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
  readonly onPause: () => Promise<void>;
  readonly onReceiver: (receiver: string) => void;
}

function Row({ row, onPause, onReceiver }: RowProps) {
  const { operations } = usePage();
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
      {operations && (
        <td>
          <button type="button" class="small" onClick={() => void onPause()}>
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

function DeadCount({ row: { receiver, dead }, onReceiver }: Omit<RowProps, 'onPause'>) {
  if (dead === 0) return <>0</>;
  return (
    <button type="button" class="link failed" onClick={() => onReceiver(receiver)}>
      {count(dead)}
      <span class="unseen"> dead messages of {visible(receiver)}</span>
    </button>
  );
}
