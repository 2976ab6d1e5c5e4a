import type { Type } from '@nestjs/common';
import { type AnySignal, type ConnectionRecord, isOrExtends, nameOf, type SignalClass } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import { receiverVerdict, type WiringOf } from './receiver-verdict.js';
import { expectVerdict } from './verdicts.js';

type MethodOf<Instance> = {
  [Name in keyof Instance]: Instance[Name] extends (...parameters: never[]) => unknown ? Name : never;
}[keyof Instance];

/** Expectations about the connections of a method. */
export interface ReceiverExpectation {
  /** Expects the opposite. */
  readonly not: ReceiverExpectation;
  /**
   * Expects the method to be connected to the signal, with these options at least.
   *
   * @throws {SignalError} `EXPECTATION_FAILED`, which lists its receivers with their options; `SIGNAL_UNKNOWN`.
   */
  toReceive<S extends AnySignal>(signal: SignalClass<S>, wiring?: WiringOf<S>): void;
}

/**
 * Checks which signals a method is connected to, without sending anything.
 *
 * @param receiverClass - of a provider or a controller; a class that these extend will do.
 * @throws {SignalError} `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`
 */
export function expectReceiver<Instance extends object>(
  app: TestedApplication,
  receiverClass: Type<Instance>,
  method: MethodOf<Instance>,
): ReceiverExpectation {
  const named = `${nameOf(receiverClass)}.${String(method)}`;
  const at = `expectReceiver(app, ${nameOf(receiverClass)}, '${String(method)}')`;
  const registry = startedRegistryOf(app, at);
  const isOne = ({ terms: { origin } }: ConnectionRecord) =>
    origin?.key === method && isOrExtends(origin.receiverClass, receiverClass);
  const expectation = (isExpected: boolean): ReceiverExpectation => ({
    get not() {
      return expectation(!isExpected);
    },
    toReceive(signal, wiring = {}) {
      const verdict = receiverVerdict(registry, signal, isOne, { named, wiring, at });
      const call = `${at}${isExpected ? '' : '.not'}.toReceive(${nameOf(signal)})`;
      const fix = isExpected ? `connect it: \`@OnSignal(${nameOf(signal)}, ...)\`.` : 'take its @OnSignal away.';
      expectVerdict(verdict, isExpected, call, fix);
    },
  });
  return expectation(true);
}
