import type { WebSocketAdapter } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { Observable } from 'rxjs';

/** A message to a microservice, and the context of its transport. */
export interface RpcMessage {
  readonly data: unknown;
  readonly context: object | undefined;
}

/** A message to a WebSocket gateway. */
export interface SocketMessage {
  readonly pattern: unknown;
  readonly data: unknown;
  readonly client: object;
}

type Binding = Parameters<WebSocketAdapter['bindMessageHandlers']>[1][number];
/** Socket.io's adapter has its `callback` acknowledge with more arguments. */
type MessageBinding = Omit<Binding, 'callback'> & { readonly callback: (data: unknown, ...rest: unknown[]) => unknown };
type BindMessages = (client: object, bindings: readonly MessageBinding[], ...rest: unknown[]) => unknown;

/** Puts `around` about the messages of microservices, before guards. Nest 11 has no such place. */
export function hookRpc(
  config: ApplicationConfig,
  around: (message: RpcMessage, call: () => Observable<unknown>) => Observable<unknown>,
): void {
  const { registerPreRequestHook } = config as Partial<ApplicationConfig>;
  registerPreRequestHook?.call(config, (execution, next) => {
    const [data, context] = execution.getArgs<[unknown, object | undefined]>();
    return around({ data, context }, next);
  });
}

/** Puts `around` about the messages of WebSockets, before guards. Nest binds them to each client when it connects. */
export function hookSockets(
  config: ApplicationConfig,
  around: (message: SocketMessage, call: () => unknown, adapter: object) => unknown,
): void {
  const adapter = config.getIoAdapter() as WebSocketAdapter | null;
  if (!adapter) return;
  const bind = adapter.bindMessageHandlers.bind(adapter) as BindMessages;
  // An own property of the one adapter of this application.
  adapter.bindMessageHandlers = (client: object, bindings: readonly MessageBinding[], ...rest: unknown[]) => {
    const hooked = bindings.map(binding => ({
      ...binding,
      callback: (data: unknown, ...given: unknown[]) =>
        around({ pattern: binding.message, data, client }, () => binding.callback(data, ...given), adapter),
    }));
    return bind(client, hooked, ...rest);
  };
}
