import { useState } from 'preact/hooks';
import type { GraphSignal } from '../../signal-graph.ts';
import { verdictsOf } from '../../verdicts.ts';
import { CallLine, Name, Search, Text } from '../parts/parts.tsx';
import { usePage } from '../parts/page.ts';
import { counted } from '../parts/text.ts';
import { recentlyOf } from './recently.ts';

const SIGNS = { yes: '✓', no: '○', perhaps: '?' };
const WORDS = { yes: 'is called', no: 'is not called', perhaps: 'may be called' };
const TONES = { yes: 'good', no: 'skip', perhaps: 'warn' };

/** The receivers that a send would call, why it would not call the others, and what recent sends did. */
export function Explain({ signal }: { readonly signal: GraphSignal }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="explain" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Explain a send</summary>
      {isOpen && <Verdicts signal={signal} />}
    </details>
  );
}

function Verdicts({ signal }: { readonly signal: GraphSignal }) {
  const [sender, setSender] = useState('');
  const verdicts = verdictsOf(signal, sender.trim() || undefined);
  return (
    <>
      <Search label="Sender, as a class or a name" value={sender} onValue={setSender} />
      {verdicts.length === 0 && <p class="dim">No receiver is connected: a send calls none.</p>}
      <ol class="calls">
        {verdicts.map(({ receiver, runs, because }, at) => (
          <CallLine key={`${at} ${receiver}`} look={TONES[runs]} sign={SIGNS[runs]} receiver={receiver}>
            <span class="became">
              {WORDS[runs]}: <Text of={because} />
            </span>
          </CallLine>
        ))}
      </ol>
      <Recent signal={signal} />
    </>
  );
}

function Recent({ signal }: { readonly signal: GraphSignal }) {
  const { stream } = usePage();
  const { sends, lines } = recentlyOf(signal.name, stream.records.all());
  return (
    <>
      <h3>Recent sends</h3>
      {sends === 0 && <p class="dim">None is recorded.</p>}
      <ul class="plain">
        {lines.map(({ receiver, text, times }) => (
          <li key={`${receiver} ${text}`}>
            <Name of={receiver} /> <Text of={text} /> <span class="dim small">{counted(times, 'time')}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
