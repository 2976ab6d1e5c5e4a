import { observation, type ObservedReceiver, type ObservedSend, type ObservedSkip } from '../core/index.js';
import type { SentSignals } from './sent-signals.js';

/**
 * Has `sent` told of the sends that are meant.
 *
 * @returns what ends it.
 */
export function observe(sent: SentSignals, isMeant: (send: ObservedSend) => boolean): (() => void)[] {
  const { send, receive, skip } = observation;
  const ofSends = (tell: (whole: ObservedSend) => void) => (whole: unknown) => {
    if (isMeant(whole as ObservedSend)) tell(whole as ObservedSend);
  };
  const ofParts =
    <Part extends ObservedReceiver | ObservedSkip>(tell: (part: Part) => void) =>
    (part: unknown) => {
      if (isMeant((part as Part).send)) tell(part as Part);
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

function subscribe(channel: typeof observation.skip, tell: (message: unknown) => void): () => void {
  channel.subscribe(tell);
  return () => channel.unsubscribe(tell);
}
