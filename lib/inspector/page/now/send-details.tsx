import type { SendRecord } from '../../page-types.ts';
import { Facts } from '../parts/parts.tsx';
import { counted, visible } from '../parts/text.ts';

/** The parts of a send that few ask for. */
export function SendDetails({ send: { payload, context = [], transaction, cut } }: { readonly send: SendRecord }) {
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
