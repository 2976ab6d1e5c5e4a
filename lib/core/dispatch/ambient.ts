import { AsyncLocalStorage } from 'node:async_hooks';
import type { Channel } from '../connection/channel.js';
import type { SignalContext } from '../message/message.js';
import type { Muting } from './muting.js';

/**
 * The facts about the code that is running. Entered once for a request, and again only where something changes:
 * entering costs twenty times what reading does (Node 24).
 */
export interface Frame {
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
  /** The frames in which what is sent in this one is received later. In a WeakMap they would outlive the request. */
  later?: Map<Channel, Frame>;
}

/** A frame with changes. */
export function changed(frame: Frame | undefined, changes: Frame): Frame {
  return { ...frame, ...changes, later: undefined };
}

/** A context as messages carry it. */
export function frozenContext(context: SignalContext): Readonly<SignalContext> {
  return Object.freeze({ ...context });
}

/** The frames of one application. */
export class Ambient {
  /** Where nothing is true. */
  readonly none: Frame = {};
  private readonly frames = new AsyncLocalStorage<Frame>();

  get current(): Frame | undefined {
    return this.frames.getStore();
  }

  /** Runs `call` with these changes to the current frame, in its asynchronous extent and nowhere else. */
  run<T>(changes: Frame, call: () => T): T {
    return this.frames.run(changed(this.frames.getStore(), changes), call);
  }

  /** Runs `call` in this frame, whatever is true here. */
  within<T>(frame: Frame, call: () => T): T {
    return this.frames.run(frame, call);
  }
}
