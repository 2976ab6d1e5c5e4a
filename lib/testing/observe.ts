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
  const skipped = ofParts<ObservedSkip>(part => sent.skip(part));
  const called = ofParts<ObservedReceiver>(part => sent.call(part));
  const answered = ofParts<ObservedReceiver>(part => sent.answer(part));
  const ended = ofSends(whole => sent.end(whole));
  const started = ofSends(whole => sent.start(whole));
  return [
    subscribe(skip, skipped),
    subscribe(receive.start, called),
    ...[receive.end, receive.asyncEnd].map(one => subscribe(one, answered)),
    ...[send.end, send.asyncEnd].map(one => subscribe(one, ended)),
    subscribe(send.start, started),
  ];
}

function subscribe(channel: typeof observation.skip, report: (message: unknown) => void): () => void {
  channel.subscribe(report);
  return () => channel.unsubscribe(report);
}
