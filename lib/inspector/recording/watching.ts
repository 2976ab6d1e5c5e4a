import { observation, type ObservedDrop, type ObservedSkip, Watching } from '../../core/index.js';
import type { Recorder } from './recorder.js';

/** Has a recorder note what one application does, until it is disposed of. It may fail: then something is not shown. */
export function record(registry: object, recorder: Recorder): Disposable {
  const watching = new Watching(registry);
  const { send, receive, skip, drop, store, attempt } = observation;
  watching.trace(
    receive,
    one => recorder.callBegins(one),
    one => recorder.callEnds(one),
  );
  watching.subscribe<ObservedSkip>(skip, one => recorder.skipped(one));
  watching.subscribe<ObservedDrop>(drop, one => recorder.dropped(one));
  // Storing is observed while somebody is subscribed to its start.
  watching.trace(
    store,
    () => {},
    one => recorder.stored(one),
  );
  watching.trace(
    attempt,
    one => recorder.attemptBegins(one),
    one => recorder.attemptEnds(one),
  );
  // Last: while somebody is subscribed to it, sends are observed.
  watching.trace(
    send,
    one => recorder.sendBegins(one),
    one => recorder.sendEnds(one),
  );
  return watching;
}
