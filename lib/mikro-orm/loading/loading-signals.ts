import { type InstanceShape, ModelSignal } from '../model-signals.js';

/**
 * An entity object has come to be with its values: Django's `post_init`. Sent once for each object, by
 * `em.create()` and for a row that is loaded; not for a reference before it is loaded, and not by `new`.
 *
 * MikroORM makes objects synchronously, so receivers are synchronous: an async one is `RECEIVER_IS_ASYNC` at start.
 * An error passes through to whoever creates or loads. There is no `PreInit`: nothing runs before a constructor.
 */
export class PostInit extends ModelSignal<InstanceShape> {}

/**
 * An entity was loaded, and everything that was asked to be loaded with it. Sent once for each object, before
 * `em.find()` and its like return; not when it is refreshed or found again. An error passes through to whoever loads.
 */
export class PostLoad extends ModelSignal<InstanceShape> {}
