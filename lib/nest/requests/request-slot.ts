import { isPromise } from 'node:util/types';

type Done = (error?: unknown) => void;
type Hook = (request: object, reply: never, done: Done) => unknown;

/** A hook that calls another after it. */
type SlotHook = Hook & { readonly theirs?: () => Hook | undefined };

/** Nest's adapters call one hook before everything else (11 and 12). There is no public way to read it. */
export interface SlotHolder {
  onRequestHook?: SlotHook;
  setOnRequestHook?(hook: Hook | undefined): void;
}

/** The one place of an application before Fastify's middleware. The hook that was there before is called after ours. */
export class RequestSlot {
  private theirs: Hook | undefined;
  private readonly passed = new WeakSet<object>();

  constructor(
    private readonly holder: SlotHolder,
    private readonly hook: Hook,
  ) {
    this.take();
  }

  /** Takes the place, unless ours is called from it already. */
  take(): void {
    const { holder, ours } = this;
    let hook: SlotHook | undefined = holder.onRequestHook;
    while (hook && hook !== ours) hook = hook.theirs?.();
    if (hook) return;
    this.theirs = holder.onRequestHook;
    holder.setOnRequestHook?.(ours);
  }

  leave(): void {
    if (this.holder.onRequestHook === this.ours) this.holder.setOnRequestHook?.(this.theirs);
  }

  private readonly ours: SlotHook = Object.assign(
    (request: object, reply: never, done: Done) => {
      const { theirs, passed } = this;
      if (!theirs) return this.hook(request, reply, done);
      // A hook that took the place after ours may call the one that was there before, which is ours.
      if (passed.has(request)) return done();
      passed.add(request);
      this.hook(request, reply, error => (error === undefined ? this.call(theirs, request, reply, done) : done(error)));
    },
    { theirs: () => this.theirs },
  );

  /** Calls a hook, which may call back, return a promise (12), do both, or throw. */
  private call(theirs: Hook, request: object, reply: never, done: Done): void {
    let isDone = false;
    const once: Done = error => {
      if (isDone) return;
      isDone = true;
      done(error);
    };
    try {
      const promise = theirs.call(this.holder, request, reply, once);
      if (isPromise(promise)) promise.then(() => once(), once);
    } catch (error) {
      once(error);
    }
  }
}
