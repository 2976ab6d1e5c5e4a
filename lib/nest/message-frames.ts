import type { ExecutionContext, WebSocketAdapter } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { isObservable, Observable } from 'rxjs';
import type { Notes } from './notes.js';

/** Frames for messages that do not come by HTTP. */
interface MessageFrames {
  open(request: object, scope?: object): void;
  within<T>(request: object, call: () => T): T;
}

type PreRequestHook = (context: ExecutionContext, next: () => Observable<unknown>) => Observable<unknown>;
type Binding = Parameters<WebSocketAdapter['bindMessageHandlers']>[1][number];
/** Socket.io's adapter has its `callback` acknowledge with more arguments. */
type MessageBinding = Omit<Binding, 'callback'> & { readonly callback: (data: unknown, ...rest: unknown[]) => unknown };
type BindMessages = (client: object, bindings: readonly MessageBinding[], ...rest: unknown[]) => unknown;

/** The messages of microservices, before guards. Nest 11 has no such place. */
export function enterRpc(frames: MessageFrames, config: ApplicationConfig, hosts: Notes<object>): void {
  const { registerPreRequestHook } = config as Partial<
    Record<'registerPreRequestHook', (hook: PreRequestHook) => void>
  >;
  registerPreRequestHook?.call(config, (context, next) => {
    const [data, transport] = context.getArgs<[unknown, object | undefined]>();
    const request = { data, context: transport };
    frames.open(request, transport && hosts.of(transport));
    return new Observable(observer => frames.within(request, () => next().subscribe(observer)));
  });
}

/** The messages of WebSockets, before guards. Nest binds them to each client when it connects. */
export function enterSockets(frames: MessageFrames, config: ApplicationConfig): void {
  const adapter = config.getIoAdapter() as WebSocketAdapter | null;
  if (!adapter) return;
  const bind = adapter.bindMessageHandlers.bind(adapter) as BindMessages;
  // An own property of the one adapter of this application.
  adapter.bindMessageHandlers = (client: object, bindings: readonly MessageBinding[], ...rest: unknown[]) => {
    const entered = bindings.map(binding => ({ ...binding, callback: entering(frames, client, binding) }));
    return bind(client, entered, ...rest);
  };
}

function entering(
  frames: MessageFrames,
  client: object,
  { message: pattern, callback }: MessageBinding,
): MessageBinding['callback'] {
  return async (data, ...rest) => {
    const request = { pattern, data, client };
    // Nest's request-scoped gateways are those of the client (12).
    frames.open(request, client);
    const result = await frames.within(request, () => callback(data, ...rest));
    if (!isObservable(result)) return result;
    return new Observable(observer => frames.within(request, () => result.subscribe(observer)));
  };
}
