import { concatMap, finalize, from, isObservable, type MonoTypeOperatorFunction, Observable, tap } from 'rxjs';
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
  const { registry, requests } = watch.application;
  hookRpc(config, (message, call) => {
    const request = registry.contexts.current?.request ?? message;
    const watched = watch.open(request, (message.context ?? {}).constructor as ServerClass);
    if (!watched) return call();
    const answers = from(watched.start()).pipe(concatMap(call), finishing(watched));
    return new Observable(observer => requests.within(request, () => answers.subscribe(observer)));
  });
}

/** Watches the messages of WebSockets. */
export function watchSockets(watch: RequestWatch, config: ApplicationConfig): void {
  const { registry, requests } = watch.application;
  hookSockets(config, (message, call, adapter) => {
    const request = registry.contexts.current?.request ?? message;
    const watched = watch.open(request, adapter.constructor as ServerClass);
    if (!watched) return call();
    return requests.within(request, async () => {
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
  });
}
