import { observation, type ObservedReceiver, type ObservedSend, type ObservedSkip, Watching } from '../core/index.js';
import type { SentSignals } from './sent-signals.js';

/** Passes the sends of an application that `isMeant` accepts, and what happens in them, to `sent`. */
export function observe(registry: object, sent: SentSignals, isMeant: (send: ObservedSend) => boolean): Disposable {
  const watching = new Watching(registry);
  const { send, receive, skip } = observation;
  const isPartMeant = ({ send: whole }: ObservedReceiver | ObservedSkip) => isMeant(whole);
  watching.subscribe<ObservedSkip>(skip, one => isPartMeant(one) && sent.skip(one));
  watching.trace(
    receive,
    one => isPartMeant(one) && sent.call(one),
    one => isPartMeant(one) && sent.answer(one),
  );
  watching.trace(
    send,
    one => isMeant(one) && sent.start(one),
    one => isMeant(one) && sent.end(one),
  );
  return watching;
}
