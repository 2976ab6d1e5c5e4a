import { useState } from 'preact/hooks';
import type { CallRecord, SendRecord } from '../../page-types.ts';
import { addressOf } from '../parts/hooks.ts';
import { Badge, CallLine, Facts, Name, Span, Text } from '../parts/parts.tsx';
import { clock, counted, visible } from '../parts/text.ts';
import { becameOf, toneOf } from './call-text.ts';
import { hasFailed } from './filter.ts';
import type { SendTree } from './tree.ts';

interface ListProps {
  readonly trees: readonly SendTree[];
  readonly class: string;
  readonly label?: string;
}

export function SendList({ trees, class: look, label }: ListProps) {
  return (
    <ol class={look} aria-label={label}>
      {trees.map(tree => (
        <SendTreeItem key={tree.send.id} tree={tree} />
      ))}
    </ol>
  );
}

/** A send, its receivers and skips, and below them the sends that it caused. */
function SendTreeItem({ tree: { send, caused, isOrphan } }: { readonly tree: SendTree }) {
  const trouble = hasFailed(send) ? ' failed' : send.slow ? ' slow' : '';
  return (
    <li class={`send${trouble}`}>
      <SendHead send={send} />
      {isOrphan && <p class="dim small">Caused by a send that is not recorded here.</p>}
      <Receivers send={send} />
      <SendDetails send={send} />
      {caused.length > 0 && (
        <SendList trees={caused} class="caused" label={`Sends that ${visible(send.signal)} caused`} />
      )}
    </li>
  );
}

function SendHead({ send }: { readonly send: SendRecord }) {
  return (
    <p class="send-head">
      <time class="clock">{clock(send.at)}</time>
      <a href={addressOf('signals', send.signal)}>
        <Name of={send.signal} strong />
      </a>
      {send.sender !== undefined && (
        <span class="dim">
          by <Text of={send.sender} />
        </span>
      )}
      {hasFailed(send) && <Badge tone="bad">failed</Badge>}
      {send.slow && <Badge tone="warn">slow</Badge>}
      {send.ms === undefined ? <Badge tone="calm">running</Badge> : <Span ms={send.ms} />}
    </p>
  );
}

const FEW = 12;

function Receivers({ send: { receivers, skips } }: { readonly send: SendRecord }) {
  const [areAll, setAll] = useState(false);
  const total = receivers.length + skips.length;
  if (total === 0) return <p class="dim small">No receiver is connected.</p>;
  const most = areAll ? total : FEW;
  return (
    <>
      <ul class="calls">
        {receivers.slice(0, most).map((call, at) => (
          <Call key={`${at} ${call.receiver}`} call={call} />
        ))}
        {skips.slice(0, Math.max(0, most - receivers.length)).map(({ receiver, because }, at) => (
          <CallLine key={`${at} ${receiver}`} look="skip" sign="○" receiver={receiver}>
            <span class="became">
              not called: <Text of={because} />
            </span>
          </CallLine>
        ))}
      </ul>
      {total > FEW && (
        <button type="button" class="link" aria-expanded={areAll} onClick={() => setAll(!areAll)}>
          {areAll ? 'Show fewer' : `Show ${counted(total - FEW, 'more receiver', 'more receivers')}`}
        </button>
      )}
    </>
  );
}

const SIGNS = { good: '✓', bad: '✕', warn: '↩', wait: '◷' };

function Call({ call }: { readonly call: CallRecord }) {
  const tone = toneOf(call);
  return (
    <CallLine look={tone} sign={SIGNS[tone]} receiver={call.receiver}>
      {call.delivery !== 'inline' && <span class="delivery">{call.delivery}</span>}
      <span class="became">{becameOf(call)}</span>
      {call.ms !== undefined && <Span ms={call.ms} />}
      {call.error !== undefined && <Text of={call.error} class="error" />}
    </CallLine>
  );
}

/** The parts of a send that few ask for. */
function SendDetails({ send: { payload, context = [], transaction, cut } }: { readonly send: SendRecord }) {
  if (payload === undefined && context.length === 0 && transaction === undefined && cut === undefined) return null;
  return (
    <details class="send-details">
      <summary>Details</summary>
      <Facts
        of={[
          ...(transaction === undefined ? [] : [['Transaction', transaction] as const]),
          ...(context.length === 0 ? [] : [['Context', context.join(', ')] as const]),
          ...(payload === undefined ? [] : [['Payload', <pre tabIndex={0}>{visible(payload)}</pre>] as const]),
        ]}
      />
      {cut !== undefined && (
        <p class="dim">{counted(cut, 'part')} of this record left out: a record has at most 2 KB.</p>
      )}
    </details>
  );
}
