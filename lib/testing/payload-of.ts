import {
  type AnySignal,
  COPY,
  type Message,
  nameOf,
  type PayloadOf,
  type SignalClass,
  SignalError,
} from '../core/index.js';

/** The entity or user that a payload is about, which decides its other fields. */
type SubjectIn<Given> = Given extends { readonly instance: infer Subject } | { readonly user: infer Subject }
  ? Subject
  : unknown;

/** Some of the properties of a payload, and no others. */
type PartOf<Payload, Given> = Partial<Payload> & { readonly [Name in Exclude<keyof Given, keyof Payload>]: never };

/** Properties that runtimes and test runners read of any object that they await, compare or print. */
const ASKED_OF_ANYTHING =
  /^(then|toJSON|inspect|asymmetricMatch|nodeType|tagName|hasAttribute|calls|_isMockFunction)$|^[$@]/;

/** Makes an entity given in part copy as the plain object that it stands for. */
const PLAIN = {
  [COPY](this: object): object {
    return { ...this };
  },
};

/**
 * The payload of a signal with as much in it as a receiver needs that is called by hand.
 *
 * @returns a copy; reading what was left out is an error that names it.
 * @throws {SignalError} `NOT_GIVEN` when that is read.
 */
export function payloadOf<S extends AnySignal, const Given extends object>(
  signal: SignalClass<S>,
  given: Given & PartOf<PayloadOf<S, SubjectIn<Given>>, Given>,
): PayloadOf<S, SubjectIn<Given>> {
  return onlyGiven(`this payload of ${nameOf(signal)}`, `payloadOf(${nameOf(signal)}, { ... })`, given);
}

/**
 * The message of a receiver that is called by hand.
 *
 * @returns a copy; reading what was left out is an error that names it.
 * @throws {SignalError} `NOT_GIVEN` when that is read.
 */
export function messageOf(given: Partial<Message> = {}): Message {
  return onlyGiven('this message', 'messageOf({ ... })', given) as Message;
}

/** A plain object whose prototype answers for missing properties, so that the object itself can be cloned and compared. */
function onlyGiven(what: string, at: string, given: object): object {
  const missing = new Proxy(PLAIN, {
    get(target, name, receiver): unknown {
      if (name in target || typeof name === 'symbol' || ASKED_OF_ANYTHING.test(name)) {
        return Reflect.get(target, name, receiver);
      }
      throw new SignalError('NOT_GIVEN', {
        what: `The receiver reads \`${name}\`, which ${what} was not given.`,
        at,
        fix: `give it \`${name}\`, undefined if need be.`,
      });
    },
  });
  return Object.defineProperties(Object.create(missing) as object, Object.getOwnPropertyDescriptors({ ...given }));
}
