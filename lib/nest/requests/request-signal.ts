import { type ShapeOf, Signal, type SignalShape } from '../../core/index.js';

/** A signal whose payload holds the request. */
export abstract class RequestSignal<
  Payload extends object,
  Sender,
  Shape extends SignalShape = ShapeOf<Signal<Payload, Sender>>,
> extends Signal<Payload, Sender, Shape> {
  /** @internal */
  get holdsRequest(): boolean {
    return true;
  }
}
