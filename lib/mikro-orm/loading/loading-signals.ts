import { type InstanceShape, ModelSignal } from '../model-signals.js';

/** A signal that reading sends for every entity. */
abstract class LoadingSignal extends ModelSignal<InstanceShape> {
  /** @internal */
  get comesWithLoads(): boolean {
    return true;
  }
}

/**
 * Sent when an entity object has its values: Django's `post_init`. Once for each object, by `em.create()` and for a row
 * that is loaded; not for a reference before it is loaded, and not by `new`.
 *
 * MikroORM makes objects synchronously, so receivers are synchronous: an async one is `RECEIVER_IS_ASYNC` at start.
 * An error passes through to the code that creates or loads. There is no `PreInit`: nothing runs before a constructor.
 */
export class PostInit extends LoadingSignal {}

/**
 * Sent when an entity was loaded, and everything that was to be loaded with it: once for each object, before
 * `em.find()` and its like return; not when it is refreshed or found again. An error passes through to the code that
 * loads.
 */
export class PostLoad extends LoadingSignal {}
