import { stripVTControlCharacters } from 'node:util';
import { counted } from '../core/index.js';
import type { GraphReceiver, GraphSignal, SignalGraph } from '../inspector/index.js';
import { COLUMNS, type Styled, wrapped } from './terminal.js';

const PREVIEW =
  'From a preview of the application. It does not show receivers that connect() adds, what factories return, ' +
  'modules that are loaded later, sends through ModuleRef.get(), nor whether MikroORM, Passport and the like are at work. ' +
  'It does not check the options of forRoot(), as a start does.';

/** The graph for people. */
export function listText({ signals, preview }: SignalGraph, styled: Styled): string {
  const blocks = signals.map(signal => signalText(signal, styled));
  const receivers = new Set(signals.flatMap(signal => signal.receivers.map(({ uid }) => uid)));
  const unreceived = signals.filter(isNeverReceived).map(({ name }) => name);
  const unsent = signals.filter(({ neverSent }) => neverSent).map(({ name }) => name);
  const summary = [
    `${counted(signals.length, 'signal')}, ${counted(receivers.size, 'receiver')}.`,
    ...(unreceived.length > 0 ? [`Never received: ${unreceived.join(', ')}.`] : []),
    ...(unsent.length > 0 ? [`Never sent: ${unsent.join(', ')}.`] : []),
  ];
  const footer = [...summary.map(line => wrapped(line)), ...(preview ? [styled('dim', wrapped(PREVIEW))] : [])];
  return `${[...blocks, footer.join('\n')].join('\n\n')}\n`;
}

/** A signal that others extend is received by its own receivers, if it has any. */
function isNeverReceived({ receivers, extendedBy }: GraphSignal): boolean {
  return receivers.length === 0 && extendedBy.length === 0;
}

function signalText(signal: GraphSignal, styled: Styled): string {
  const { name, source, sentByRoom, sentBy, extendedBy, neverSent, receivers } = signal;
  const lines = [
    row(styled('bold', name), source),
    ...(sentByRoom ? [wrapped(`  sent by nestjs-signals (${sentByRoom})`)] : []),
    ...sentBy.map(sender => row(`  sent by ${sender.class} (${sender.module})`, sender.source)),
    ...(extendedBy.length > 0 ? [wrapped(`extended by ${extendedBy.join(', ')}`, '  ')] : []),
    ...(neverSent ? [styled('yellow', wrapped(`never sent: ${neverSent}`, '  '))] : []),
    ...(isNeverReceived(signal) ? [styled('yellow', '  never received')] : []),
    ...receivers.map((receiver, at) => receiverText(receiver, at, styled)),
  ];
  return lines.join('\n');
}

function receiverText(receiver: GraphReceiver, at: number, styled: Styled): string {
  const { uid, delivery, source } = receiver;
  const place = `  ${at + 1}. `;
  const line = row(`${place}${styled('cyan', uid)}  ${delivery}`, source);
  const details = detailsOf(receiver).join(', ');
  return details ? `${line}\n${wrapped(details, ' '.repeat(place.length))}` : line;
}

/** The facts about a receiver beside its uid and its delivery. */
function detailsOf({ uid, method, senders, includeSubclasses, options }: GraphReceiver): string[] {
  const from = includeSubclasses ? 'from subclasses too of' : 'from';
  return [
    ...(method !== undefined && method !== uid ? [method] : []),
    ...(senders.length > 0 ? [`${from} ${senders.join(' and ')}`] : []),
    ...Object.entries(options).map(([name, value]) =>
      value === true ? name : `${name} ${Array.isArray(value) ? value.join(' and ') : String(value)}`,
    ),
  ];
}

/** The place stands at the end of the line if there is room for it, and otherwise on a line of its own. */
function row(text: string, source: string | undefined): string {
  if (source === undefined) return text;
  const width = stripVTControlCharacters(`${text}  ${source}`).length;
  const indent = ' '.repeat(text.length - text.trimStart().length + 4);
  return width <= COLUMNS ? `${text}  ${source}` : `${text}\n${indent}${source}`;
}
