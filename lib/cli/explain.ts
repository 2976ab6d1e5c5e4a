import type { GraphReceiver } from '../inspector/index.js';
import { type Arguments, required, textOf } from './arguments.js';
import { signalNamed } from './list.js';
import { previewOf } from './preview.js';
import { type Style, styling, type Terminal, wrapped } from './terminal.js';

/** Whether a send would call a receiver, as a preview knows it. */
interface Verdict {
  readonly receiver: string;
  readonly delivery: string;
  readonly runs: 'yes' | 'no' | 'perhaps';
  readonly because: string;
  readonly source?: string | undefined;
}

/** Says of each receiver of a signal whether a send of this sender would call it. */
export async function explain(args: Arguments, terminal: Terminal): Promise<number> {
  const named = required(args, 0);
  const sender = textOf(args, 'sender');
  const signal = signalNamed(await previewOf(args.positionals[1], terminal), named);
  const taken = new Set<string>();
  const verdicts = signal.receivers.map(receiver => {
    const verdict = verdictOf(receiver, sender, taken);
    if (verdict.runs === 'yes') taken.add(receiver.uid);
    return verdict;
  });
  if (args.values.json) terminal.out(`${JSON.stringify(verdicts, undefined, 2)}\n`);
  else terminal.out(explained(signal.name, sender, verdicts, styling(terminal)));
  return 0;
}

function verdictOf(receiver: GraphReceiver, sender: string | undefined, taken: ReadonlySet<string>): Verdict {
  const { uid, delivery, senders, includeSubclasses, source, options } = receiver;
  const verdict = { receiver: uid, delivery, ...(source && { source }) };
  const asks = `it asks for ${senders.join(', ')}${includeSubclasses ? ' and subclasses' : ''}`;
  const isFor =
    senders.length === 0 || senders.some(one => sender !== undefined && [sender, `'${sender}'`].includes(one));
  if (taken.has(uid)) return { ...verdict, runs: 'no', because: 'it is called once, by an earlier connection' };
  if (!isFor && includeSubclasses && sender !== undefined)
    return { ...verdict, runs: 'perhaps', because: `${asks}; ${sender} may be one` };
  if (!isFor) return { ...verdict, runs: 'no', because: asks };
  const conditions = conditionsOf(options);
  const reason = senders.length > 0 ? asks : 'it asks for every sender';
  if (conditions.length === 0) return { ...verdict, runs: 'yes', because: reason };
  return { ...verdict, runs: 'perhaps', because: `${reason}; if ${conditions.join(' and ')}` };
}

function conditionsOf({ fields, when, once }: GraphReceiver['options']): string[] {
  return [
    ...(Array.isArray(fields) ? [`one of ${fields.join(', ')} changed, or it is new`] : []),
    ...(when ? ['its `when` returns true'] : []),
    ...(once ? ['it has not run before'] : []),
  ];
}

function explained(
  signal: string,
  sender: string | undefined,
  verdicts: readonly Verdict[],
  styled: (style: Style, text: string) => string,
): string {
  const title = `${signal}, sent by ${sender ?? 'a sender that no receiver names'}`;
  const called = verdicts.filter(({ runs }) => runs !== 'no');
  const lines = called.map(({ receiver, delivery, source, because }, at) => {
    const place = `  ${at + 1}. `;
    return [
      `${place}${styled('cyan', receiver)}  ${delivery}${source ? `  ${source}` : ''}`,
      wrapped(because, ' '.repeat(place.length)),
    ].join('\n');
  });
  const skipped = verdicts.filter(({ runs }) => runs === 'no');
  return [
    styled('bold', title),
    ...(lines.length > 0 ? lines : ['  no receiver is called']),
    ...(skipped.length > 0 ? ['', 'Not called:'] : []),
    ...skipped.map(({ receiver, because }) => wrapped(`${receiver}: ${because}`, '  ')),
    '',
  ].join('\n');
}
