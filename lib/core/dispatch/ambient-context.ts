import { AsyncLocalStorage } from 'node:async_hooks';
import type { Channel } from '../connection/channel.js';
import type { SignalContext } from '../message/message.js';
import type { Muting } from './muting.js';

/**
 * The facts about the code that is running. Entered once for a request, and again only where something changes:
 * entering costs twenty times what reading does (Node 24).
 */
export interface AmbientContext {
  readonly request?: object;
  /** The object that request-scoped providers belong to, if it is not the request. */
  readonly scope?: object;
  /** Reads who did it: at each send that has receivers, because a request may learn it late. */
  readonly context?: () => Readonly<SignalContext>;
  readonly muting?: Muting;
  /** The signals whose sends led here, outermost first, where they are counted. */
  readonly path?: readonly Channel[];
  /** The message whose receiver is running, where sends are observed. */
  readonly cause?: string;
  /** The contexts in which what is sent in this one is received later. In a WeakMap they would outlive the request. */
  later?: Map<Channel, AmbientContext>;
}

/** A context with changes. */
export function withChanges(ambient: AmbientContext | undefined, changes: AmbientContext): AmbientContext {
  return { ...ambient, ...changes, later: undefined };
}

/** A context as messages carry it. */
export function frozenContext(context: SignalContext): Readonly<SignalContext> {
  return Object.freeze({ ...context });
}

/** The contexts of one application. */
export class AmbientContexts {
  /** Where nothing is true. */
  readonly none: AmbientContext = {};
  /** Set as soon as something reads the request or its context: until then requests are not entered. */
  readsRequests = false;
  private readonly storage = new AsyncLocalStorage<AmbientContext>();

  get current(): AmbientContext | undefined {
    return this.storage.getStore();
  }

  /** Runs `call` with these changes to the current context, in its asynchronous extent and nowhere else. */
  run<T>(changes: AmbientContext, call: () => T): T {
    return this.storage.run(withChanges(this.storage.getStore(), changes), call);
  }

  /** Runs `call` in this context, whatever is true here. */
  within<T>(ambient: AmbientContext, call: () => T): T {
    return this.storage.run(ambient, call);
  }
}
