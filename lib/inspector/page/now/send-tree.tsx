import { useState } from 'preact/hooks';
import type { CallRecord, SendRecord } from '../../page-types.ts';
import { addressOf } from '../parts/hooks.ts';
import { Badge, Span, Name, Text } from '../parts/parts.tsx';
import { clock, counted, visible } from '../parts/text.ts';
import { becameOf, toneOf } from './call-text.ts';
import { hasFailed } from './filter.ts';
import { SendDetails } from './send-details.tsx';
import type { SendTree } from './tree.ts';

interface TreeProps {
  readonly tree: SendTree;
  readonly slowMs: number;
}

/** A send, its receivers and skips, and below them the sends that it caused. */
export function SendTreeItem({ tree: { send, caused, isOrphan }, slowMs }: TreeProps) {
  const trouble = hasFailed(send) ? ' failed' : send.slow ? ' slow' : '';
  return (
    <li class={`send${trouble}`}>
      <SendHead send={send} slowMs={slowMs} />
      {isOrphan && <p class="dim small">Caused by a send that is not recorded here.</p>}
      <Receivers send={send} slowMs={slowMs} />
      <SendDetails send={send} />
      {caused.length > 0 && (
        <ol class="caused" aria-label={`Sends that ${visible(send.signal)} caused`}>
          {caused.map(tree => (
            <SendTreeItem key={tree.send.id} tree={tree} slowMs={slowMs} />
          ))}
        </ol>
      )}
    </li>
  );
}

function SendHead({ send, slowMs }: { readonly send: SendRecord; readonly slowMs: number }) {
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
      {send.ms === undefined ? <Badge tone="calm">running</Badge> : <Span ms={send.ms} slowMs={slowMs} />}
    </p>
  );
}

const FEW = 12;

function Receivers({ send, slowMs }: { readonly send: SendRecord; readonly slowMs: number }) {
  const [areAll, setAll] = useState(false);
  const { receivers, skips } = send;
  const total = receivers.length + skips.length;
  if (total === 0) return <p class="dim small">No receiver is connected.</p>;
  const most = areAll ? total : FEW;
  return (
    <>
      <ul class="calls">
        {receivers.slice(0, most).map((call, at) => (
          <Call key={`${at} ${call.receiver}`} call={call} slowMs={slowMs} />
        ))}
        {skips.slice(0, Math.max(0, most - receivers.length)).map((skip, at) => (
          <Skip key={`${at} ${skip.receiver}`} skip={skip} />
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

function Skip({ skip: { receiver, because } }: { readonly skip: SendRecord['skips'][number] }) {
  return (
    <li class="call skip">
      <span class="sign" aria-hidden="true">
        ○
      </span>
      <Name of={receiver} />
      <span class="became">
        not called: <Text of={because} />
      </span>
    </li>
  );
}

const SIGNS = { good: '✓', bad: '✕', warn: '↩', wait: '◷' };

function Call({ call, slowMs }: { readonly call: CallRecord; readonly slowMs: number }) {
  const tone = toneOf(call);
  return (
    <li class={`call ${tone}`}>
      <span class="sign" aria-hidden="true">
        {SIGNS[tone]}
      </span>
      <Name of={call.receiver} />
      {call.delivery !== 'inline' && <span class="delivery">{call.delivery}</span>}
      <span class="became">{becameOf(call)}</span>
      {call.ms !== undefined && <Span ms={call.ms} slowMs={slowMs} />}
      {call.error !== undefined && (
        <span class="error">
          <Text of={call.error} />
        </span>
      )}
    </li>
  );
}
