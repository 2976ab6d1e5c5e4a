import { type GraphSignal, type Verdict, verdictsOf } from '../inspector/index.js';
import { type Arguments, required, textOf } from './arguments.js';
import { signalNamed } from './list.js';
import { previewOf } from './preview.js';
import { json, type Styled, styling, type Terminal, wrapped } from './terminal.js';

/** Says of each receiver of a signal whether a send of this sender would call it. */
export async function explain(args: Arguments, terminal: Terminal): Promise<number> {
  const named = required(args);
  const sender = textOf(args, 'sender');
  const signal = signalNamed(await previewOf(args.positionals[1], terminal), named);
  const verdicts = verdictsOf(signal, sender);
  terminal.out(args.values.json ? json(verdicts) : explained(signal, sender, verdicts, styling(terminal)));
  return 0;
}

function explained(
  signal: GraphSignal,
  sender: string | undefined,
  verdicts: readonly Verdict[],
  styled: Styled,
): string {
  const title = `${signal.name}, sent by ${sender ?? 'a sender that no receiver names'}`;
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
    ...(sender === undefined ? [] : unknownSender(signal, sender)),
    '',
  ].join('\n');
}

/** A word about a sender that no receiver names: it may be misspelt. */
function unknownSender({ receivers }: GraphSignal, sender: string): string[] {
  const named = new Set(receivers.flatMap(({ senders }) => senders));
  if (named.size === 0 || named.has(sender) || named.has(`'${sender}'`)) return [];
  return ['', wrapped(`No receiver names ${sender}. Named are: ${[...named].toSorted().join(', ')}.`, '')];
}
