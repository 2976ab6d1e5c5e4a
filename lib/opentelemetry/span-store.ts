import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context } from '@opentelemetry/api';

/** Bound to a channel, makes a context of OpenTelemetry the active one of what the channel traces. */
export class SpanStore extends AsyncLocalStorage<Context> {
  override run<R>(store: Context, callback: () => R): R;
  override run<R, Given extends unknown[]>(store: Context, callback: (...given: Given) => R, ...given: Given): R;
  override run<R, Given extends unknown[]>(store: Context, callback: (...given: Given) => R, ...given: Given): R {
    return context.with(store, () => callback(...given));
  }
}
