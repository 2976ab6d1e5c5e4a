import { observation, type ObservedReceiver, type ObservedSend, type ObservedSkip } from '../core/index.js';
import type { SentSignals } from './sent-signals.js';

/**
 * Passes the sends that `isMeant` accepts, and what happens in them, to `sent`.
 *
 * @returns functions that end it.
 */
export function observe(sent: SentSignals, isMeant: (send: ObservedSend) => boolean): (() => void)[] {
  const { send, receive, skip } = observation;
  const ofSends = (report: (whole: ObservedSend) => void) => (whole: unknown) => {
    if (isMeant(whole as ObservedSend)) report(whole as ObservedSend);
  };
  const ofParts =
    <Part extends ObservedReceiver | ObservedSkip>(report: (part: Part) => void) =>
    (part: unknown) => {
      if (isMeant((part as Part).send)) report(part as Part);
    };
  const end = ofSends(whole => sent.end(whole));
  const answer = ofParts<ObservedReceiver>(part => sent.answer(part));
  return [
    subscribe(
      skip,
      ofParts<ObservedSkip>(part => sent.skip(part)),
    ),
    subscribe(
      receive.start,
      ofParts<ObservedReceiver>(part => sent.call(part)),
    ),
    ...[receive.end, receive.asyncEnd].map(one => subscribe(one, answer)),
    ...[send.end, send.asyncEnd].map(one => subscribe(one, end)),
    subscribe(
      send.start,
      ofSends(whole => sent.start(whole)),
    ),
  ];
}

function subscribe(channel: typeof observation.skip, report: (message: unknown) => void): () => void {
  channel.subscribe(report);
  return () => channel.unsubscribe(report);
}
