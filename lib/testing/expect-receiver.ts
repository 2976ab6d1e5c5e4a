import type { Type } from '@nestjs/common';
import { type AnySignal, type ConnectionRecord, nameOf, type SignalClass, SignalError } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import { receiverVerdict, type WiringOf } from './receiver-verdict.js';

type MethodOf<Instance> = {
  [Name in keyof Instance]: Instance[Name] extends (...parameters: never[]) => unknown ? Name : never;
}[keyof Instance];

/** What may be expected of a method. */
export interface ReceiverExpectation {
  /** The opposite. */
  readonly not: ReceiverExpectation;
  /**
   * It is connected to the signal, with these options at least.
   *
   * @throws {SignalError} `EXPECTATION_FAILED`, which tells who receives it, and how; `SIGNAL_UNKNOWN`.
   */
  toReceive<S extends AnySignal>(signal: SignalClass<S>, wiring?: WiringOf<S>): void;
}

/**
 * What a method is connected to, without sending anything.
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
    origin?.key === method && isClass(origin.receiverClass, receiverClass);
  const expectation = (isWanted: boolean): ReceiverExpectation => ({
    get not() {
      return expectation(!isWanted);
    },
    toReceive(signal, wiring = {}) {
      const { pass, what } = receiverVerdict(registry, signal, isOne, { named, wiring, at });
      if (pass === isWanted) return;
      throw new SignalError('EXPECTATION_FAILED', {
        what,
        at: `${at}${isWanted ? '' : '.not'}.toReceive(${nameOf(signal)})`,
        fix: isWanted ? `connect it: \`@OnSignal(${nameOf(signal)}, ...)\`.` : 'take its @OnSignal away.',
      });
    },
  });
  return expectation(true);
}

function isClass(one: Function, wanted: Function): boolean {
  return one === wanted || one.prototype instanceof wanted;
}
