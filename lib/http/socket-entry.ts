import type { ApplicationConfig } from '@nestjs/core';
import { isObservable } from 'rxjs';
import { hookSockets } from '../nest/index.js';
import { finishing } from './finishing.js';
import type { ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';

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
