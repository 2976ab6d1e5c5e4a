import type { ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { concatMap, from, Observable } from 'rxjs';
import type { ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';
import { finishing } from './settled.js';

type PreRequestHook = (context: ExecutionContext, next: () => Observable<unknown>) => Observable<unknown>;

/** Where the messages of microservices come in: before guards. Nest 11 has no such place. */
export function watchRpc(watch: RequestWatch, config: ApplicationConfig): void {
  const { registerPreRequestHook } = config as Partial<
    Record<'registerPreRequestHook', (hook: PreRequestHook) => void>
  >;
  registerPreRequestHook?.call(config, (context, next) => {
    const [data, transport] = context.getArgs<[unknown, object | undefined]>();
    const request = watch.application.registry.ambient.current?.request ?? { data, context: transport };
    const watched = watch.open(request, (transport ?? {}).constructor as ServerClass);
    if (!watched) return next();
    const { requests } = watch.application;
    return new Observable(observer =>
      requests.within(request, () =>
        from(watched.start()).pipe(concatMap(next), finishing(watched)).subscribe(observer),
      ),
    );
  });
}
