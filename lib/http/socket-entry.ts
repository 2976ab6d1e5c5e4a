import type { WebSocketAdapter } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { isObservable } from 'rxjs';
import type { ServerClass } from './request-signals.js';
import type { RequestWatch } from './request-watch.js';
import { finishing } from './settled.js';

type Binding = Parameters<WebSocketAdapter['bindMessageHandlers']>[1][number];

/** What a WebSocket adapter gives to a client. Socket.io's has its `callback` acknowledge with more arguments. */
interface MessageBinding extends Omit<Binding, 'callback'> {
  readonly callback: (data: unknown, ...rest: unknown[]) => unknown;
}

type BindMessages = (client: object, bindings: readonly MessageBinding[], ...rest: unknown[]) => unknown;

/** Where the messages of WebSockets come in: before guards. Nest binds them to each client when it connects. */
export function watchSockets(watch: RequestWatch, config: ApplicationConfig): void {
  const adapter = config.getIoAdapter() as WebSocketAdapter | null;
  if (!adapter) return;
  const bind = adapter.bindMessageHandlers.bind(adapter) as BindMessages;
  const server = adapter.constructor as ServerClass;
  // An own property of the one adapter of this application.
  adapter.bindMessageHandlers = (client: object, bindings: readonly MessageBinding[], ...rest: unknown[]) => {
    const watched = bindings.map(binding => ({
      ...binding,
      callback: watchedCallback(watch, server, client, binding),
    }));
    return bind(client, watched, ...rest);
  };
}

function watchedCallback(
  watch: RequestWatch,
  server: ServerClass,
  client: object,
  { message: pattern, callback }: MessageBinding,
): MessageBinding['callback'] {
  return (data, ...rest) => {
    const request = watch.application.registry.ambient.current?.request ?? { pattern, data, client };
    const watched = watch.open(request, server);
    if (!watched) return callback(data, ...rest);
    return watch.application.requests.within(request, async () => {
      // An adapter may not survive a call that fails; what a route throws has been answered inside the call.
      await watched.startRobust();
      let result: unknown;
      try {
        result = await callback(data, ...rest);
      } finally {
        if (!isObservable(result)) watched.finish(false);
      }
      return isObservable(result) ? result.pipe(finishing(watched)) : result;
    });
  };
}
