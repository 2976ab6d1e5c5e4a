import { finalize, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { WatchedRequest } from './watched-request.js';

/** Finishes a request with its answer; as aborted if the answer is unsubscribed from before it ends. */
export function finishing<T>(watched: WatchedRequest): MonoTypeOperatorFunction<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  return source =>
    source.pipe(
      tap({ complete: settle, error: settle }),
      finalize(() => watched.finish(!isSettled)),
    );
}
