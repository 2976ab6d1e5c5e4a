import { finalize, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { WatchedRequest } from './watched-request.js';

/** Finishes a request with what answers it; aborted when nobody waits for the answer any more. */
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
