import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useAsked } from '../parts/hooks.ts';
import { Empty, Problem } from '../parts/parts.tsx';
import { Chart } from './chart.tsx';
import { DeadMessages } from './dead-messages.tsx';
import { MessageView } from './message-view.tsx';
import { ReceiverTable } from './receiver-table.tsx';

/** `#durable` shows all, `#durable/42` one dead message. */
export function DurableView({ route: [id] }: { readonly route: readonly string[] }) {
  return id === undefined || id === '' ? <Overview /> : <MessageView key={id} id={id} />;
}

function Overview() {
  const { answer, error, again } = useAsked(api.durable, { everyMs: 2000 });
  const [receiver, setReceiver] = useState('');
  if (!answer) return error === undefined ? <Empty title="Counting messages ..." /> : <Problem error={error} />;
  if (!answer.available)
    return (
      <Empty title="No engine of durable messages">
        This application has no durable receivers, or no engine such as pgBoss() that keeps their messages.
      </Empty>
    );
  const { receivers, history } = answer;
  return (
    <section class="durable">
      <Problem error={error} />
      {receivers.length === 0 ? (
        <Empty title="No durable receiver">
          A receiver whose messages are stored, delivered by a worker and retried is made with durable().
        </Empty>
      ) : (
        <div class="split">
          <ReceiverTable receivers={receivers} onChange={again} onReceiver={setReceiver} />
          <Chart history={history} />
        </div>
      )}
      <DeadMessages receivers={receivers} receiver={receiver} onReceiver={setReceiver} onChange={again} />
    </section>
  );
}
