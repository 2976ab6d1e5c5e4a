import { useState } from 'preact/hooks';
import type { OperationRequest } from '../../page-types.ts';
import { api } from '../api.ts';
import { useAsked, useSettled } from '../parts/hooks.ts';
import { Problem, Search } from '../parts/parts.tsx';
import { counted, visible } from '../parts/text.ts';
import { Found } from './found.tsx';
import { OperationButtons, OutcomeLine, useOperations } from './operations.tsx';

interface DeadProps {
  readonly operations: boolean;
  readonly receivers: readonly string[];
  readonly receiver: string;
  readonly onReceiver: (receiver: string) => void;
  /** How many there are by the counts; the list is asked for again when this changes. */
  readonly dead: number;
  readonly onChange: () => void;
}

const LIMIT = 100;

export function DeadMessages({ operations, receivers, receiver, onReceiver, dead, onChange }: DeadProps) {
  const [typed, setTyped] = useState('');
  const text = useSettled(typed, 250).trim();
  const filter = { receiver, text, limit: LIMIT };
  const { answer, error, again } = useAsked(signal => api.dead(filter, signal), {
    key: JSON.stringify([filter, dead]),
  });
  const { outcome, run } = useOperations(() => (again(), onChange()));
  return (
    <section class="panel" aria-labelledby="dead-title">
      <h2 id="dead-title">Dead messages</h2>
      <div class="bar">
        <Search label="Search" placeholder="error, payload, id" value={typed} onValue={setTyped} />
        <ReceiverChoice receivers={receivers} receiver={receiver} onReceiver={onReceiver} />
        {operations && answer && answer.total > 0 && (
          <OperationButtons request={requestOf(receiver, text)} run={run} about={aboutAll(answer.total)} label=" all" />
        )}
      </div>
      <Problem error={error} />
      <OutcomeLine outcome={outcome} />
      {answer && (
        <Found found={answer} isFiltered={text !== '' || receiver !== ''} run={operations ? run : undefined} />
      )}
    </section>
  );
}

function aboutAll(total: number): string {
  return `${total === 1 ? 'the' : 'all'} ${counted(total, 'message')} found`;
}

function requestOf(receiver: string, text: string): Omit<OperationRequest, 'operation'> {
  return { ...(receiver && { receiver }), ...(text && { text }) };
}

type ChoiceProps = Pick<DeadProps, 'receivers' | 'receiver' | 'onReceiver'>;

function ReceiverChoice({ receivers, receiver, onReceiver }: ChoiceProps) {
  return (
    <label class="field">
      <span>Receiver</span>
      <select value={receiver} onChange={({ currentTarget }) => onReceiver(currentTarget.value)}>
        <option value="">Every receiver</option>
        {receivers.map(one => (
          <option key={one} value={one}>
            {visible(one)}
          </option>
        ))}
      </select>
    </label>
  );
}
