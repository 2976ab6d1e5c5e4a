import { concatMap, finalize, from, isObservable, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { WatchedRequest } from './watched-request.js';
import type { ApplicationConfig } from '@nestjs/core';
import { hookRpc, hookSockets } from '../nest/index.js';
import type { ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';

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

/** Watches the messages of microservices. */
export function watchRpc(watch: RequestWatch, config: ApplicationConfig): void {
  hookRpc(config, (message, call) => {
    const watched = watch.openMessage(message, (message.context ?? {}).constructor as ServerClass);
    return watched ? from(watched.start()).pipe(concatMap(call), finishing(watched)) : call();
  });
}

/** Watches the messages of WebSockets. */
export function watchSockets(watch: RequestWatch, config: ApplicationConfig): void {
  hookSockets(config, async (message, call, adapter) => {
    const watched = watch.openMessage(message, adapter.constructor as ServerClass);
    if (!watched) return call();
    // An adapter may not survive a call that fails; what a route throws has been answered inside the call.
    await watched.startRobust();
    let result: unknown;
    try {
      result = await call();
    } finally {
      if (!isObservable(result)) watched.finish(false);
    }
    return isObservable(result) ? result.pipe(finishing(watched)) : result;
  });
}
