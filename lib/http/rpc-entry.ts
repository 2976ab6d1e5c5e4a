import type { ApplicationConfig } from '@nestjs/core';
import { concatMap, from, Observable } from 'rxjs';
import { hookRpc } from '../nest/index.js';
import { finishing } from './finishing.js';
import type { ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';

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
