import type { ApplicationConfig } from '@nestjs/core';
import { isObservable, Observable } from 'rxjs';
import { hookRpc, hookSockets } from './message-hooks.js';
import type { PrivateField } from './private-field.js';

/** The contexts of requests that do not come by HTTP. */
interface MessageContexts {
  open(request: object, scope?: object): void;
  within<T>(request: object, call: () => T): T;
}

/** Enters the messages of microservices. */
export function enterRpc(contexts: MessageContexts, config: ApplicationConfig, hosts: PrivateField<object>): void {
  hookRpc(config, (request, call) => {
    contexts.open(request, request.context && hosts.of(request.context));
    return new Observable(observer => contexts.within(request, () => call().subscribe(observer)));
  });
}

/** Enters the messages of WebSockets. */
export function enterSockets(contexts: MessageContexts, config: ApplicationConfig): void {
  hookSockets(config, async (request, call) => {
    // Nest's request-scoped gateways are those of the client (12).
    contexts.open(request, request.client);
    const result = await contexts.within(request, call);
    if (!isObservable(result)) return result;
    return new Observable(observer => contexts.within(request, () => result.subscribe(observer)));
  });
}
