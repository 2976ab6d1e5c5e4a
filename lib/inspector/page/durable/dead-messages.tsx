import { useState } from 'preact/hooks';
import type { DurableReceiverState } from '../../page-types.ts';
import { api } from '../api.ts';
import { useAsked, useSettled } from '../parts/hooks.ts';
import { Problem, Search } from '../parts/parts.tsx';
import { counted, visible } from '../parts/text.ts';
import { Found } from './found.tsx';
import { OperationButtons, OutcomeLine, useOperations } from './operations.tsx';

interface DeadProps {
  readonly receivers: readonly DurableReceiverState[];
  readonly receiver: string;
  readonly onReceiver: (receiver: string) => void;
  readonly onChange: () => void;
}

const LIMIT = 100;

export function DeadMessages({ receivers, receiver, onReceiver, onChange }: DeadProps) {
  // The list is asked for again when there are more or fewer of them.
  const dead = receivers.reduce((sum, one) => sum + one.dead, 0);
  const [typed, setTyped] = useState('');
  const text = useSettled(typed, 250).trim();
  const filter = { receiver, text, limit: LIMIT };
  const { answer, error, again } = useAsked(signal => api.dead(filter, signal), {
    key: JSON.stringify([filter, dead]),
  });
  const request = { receiver: receiver || undefined, text: text || undefined };
  const total = answer?.total ?? 0;
  const about = `${total === 1 ? 'the' : 'all'} ${counted(total, 'message')} found`;
  const { outcome, run } = useOperations(() => (again(), onChange()));
  return (
    <section class="panel" aria-labelledby="dead-title">
      <h2 id="dead-title">Dead messages</h2>
      <div class="bar">
        <Search label="Search" placeholder="error, payload, id" value={typed} onValue={setTyped} />
        <ReceiverChoice receivers={receivers} receiver={receiver} onReceiver={onReceiver} />
        {total > 0 && <OperationButtons request={request} run={run} about={about} label=" all" />}
      </div>
      <Problem error={error} />
      <OutcomeLine outcome={outcome} />
      {answer && <Found found={answer} isFiltered={text !== '' || receiver !== ''} run={run} />}
    </section>
  );
}

type ChoiceProps = Pick<DeadProps, 'receivers' | 'receiver' | 'onReceiver'>;

function ReceiverChoice({ receivers, receiver, onReceiver }: ChoiceProps) {
  return (
    <label class="field">
      <span>Receiver</span>
      <select value={receiver} onChange={({ currentTarget }) => onReceiver(currentTarget.value)}>
        <option value="">Every receiver</option>
        {receivers.map(({ receiver: one }) => (
          <option key={one} value={one}>
            {visible(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
