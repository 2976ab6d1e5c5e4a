import { type ShapeOf, Signal, type SignalShape } from '../../core/index.js';

/** The request as the application knows it, such as Express's or Fastify's. `any`, because only the application knows which. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyRequest = any;

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
