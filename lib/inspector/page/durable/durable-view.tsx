import { useState } from 'preact/hooks';
import type { DurableState, PageState } from '../../page-types.ts';
import { api } from '../api.ts';
import { useAsked } from '../parts/hooks.ts';
import { Empty, Problem } from '../parts/parts.tsx';
import { Chart } from './chart.tsx';
import { DeadMessages } from './dead-messages.tsx';
import { MessageView } from './message-view.tsx';
import { ReceiverTable } from './receiver-table.tsx';

interface DurableProps {
  readonly state: PageState;
  readonly route: readonly string[];
}

/** `#durable` shows all, `#durable/42` one dead message. */
export function DurableView({ state, route: [id] }: DurableProps) {
  if (id !== undefined && id !== '')
    return <MessageView key={id} id={id} operations={state.operations} payloads={state.payloads} />;
  return <Overview operations={state.operations} />;
}

function Overview({ operations }: { readonly operations: boolean }) {
  const { answer, error, again } = useAsked(api.durable, { everyMs: 2000 });
  const [receiver, setReceiver] = useState('');
  if (!answer) return error === undefined ? <Empty title="Counting messages ..." /> : <Problem error={error} />;
  if (!answer.available)
    return (
      <Empty title="No engine of durable messages">
        This application has no durable receivers, or no engine such as pgBoss() that keeps their messages.
      </Empty>
    );
  return (
    <section class="durable">
      <Problem error={error} />
      <Receivers durable={answer} operations={operations} onChange={again} onReceiver={setReceiver} />
      <DeadMessages
        operations={operations}
        receivers={answer.receivers.map(one => one.receiver)}
        receiver={receiver}
        onReceiver={setReceiver}
        dead={answer.receivers.reduce((sum, one) => sum + one.dead, 0)}
        onChange={again}
      />
    </section>
  );
}

interface ReceiversProps {
  readonly durable: DurableState;
  readonly operations: boolean;
  readonly onChange: () => void;
  readonly onReceiver: (receiver: string) => void;
}

function Receivers({ durable: { receivers, history }, operations, onChange, onReceiver }: ReceiversProps) {
  if (receivers.length === 0)
    return (
      <Empty title="No durable receiver">
        A receiver whose messages are stored, delivered by a worker and retried is made with durable().
      </Empty>
    );
  return (
    <div class="split">
      <ReceiverTable receivers={receivers} operations={operations} onChange={onChange} onReceiver={onReceiver} />
      <Chart history={history} />
    </div>
  );
}
