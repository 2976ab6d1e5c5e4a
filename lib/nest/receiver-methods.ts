import { isAsyncFunction, isGeneratorFunction } from 'node:util/types';
import { isMock, type SignalClass, SignalError, takesMessage } from '../core/index.js';
import { foreign } from './foreign-objects.js';
import { definitionsOn, type ReceiverDefinition } from './on-signal.decorator.js';
import type { ModulesContainer } from '@nestjs/core';

/** A decorated method of a class, its own or inherited. */
export interface ReceiverMethod {
  readonly key: string | symbol;
  /** `Receipts.mail` */
  readonly name: string;
  readonly takesMessage: boolean;
  readonly async: boolean;
  readonly definitions: readonly ReceiverDefinition[];
}

/**
 * Returns the decorated methods of a class. The nearest class that has a method decides: an override without
 * the decorator is not a receiver.
 */
export function receiverMethodsOf(prototype: object): ReceiverMethod[] {
  const className = classOfPrototype(prototype)?.name || 'an anonymous class';
  const nearer: object[] = [];
  const found: ReceiverMethod[] = [];
  for (const owner of foreign.chainOf(prototype)) {
    if (owner === Object.prototype) break;
    for (const [key, definitions] of definitionsOn(owner) ?? []) {
      if (definitions.some(({ isStatic }) => isStatic)) throw notAMethod(`${className}.${String(key)}`, 'is static');
      const isOverridden = nearer.some(other => Object.hasOwn(other, key));
      if (!isOverridden) found.push(receiverMethod(owner, className, key, definitions));
    }
    nearer.push(owner);
  }
  return found;
}

/** Returns the class of a prototype; another value may stand in its place. */
function classOfPrototype(prototype: object): Function | undefined {
  const constructor = foreign.valueOf(prototype, 'constructor');
  return typeof constructor === 'function' ? constructor : undefined;
}

function receiverMethod(
  owner: object,
  className: string,
  key: string | symbol,
  definitions: readonly ReceiverDefinition[],
): ReceiverMethod {
  const name = `${className}.${String(key)}`;
  const method: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
  if (typeof method !== 'function') throw notAMethod(name, 'is not a method');
  // A spy hides what it stands for, and what stands above `@OnSignal` may hide what stands below.
  const written = definitions.flatMap(({ method: decorated }) => (decorated ? [decorated] : []));
  const functions = isMock(method) && written.length > 0 ? written : [method, ...written];
  if (functions.some(isGeneratorFunction)) throw notAMethod(name, 'is a generator, whose body would never run');
  return {
    key,
    name,
    takesMessage: functions.some(takesMessage),
    async: functions.some(isAsyncFunction),
    definitions,
  };
}

function notAMethod(name: string, why: string): SignalError {
  return new SignalError('NOT_A_RECEIVER', {
    what: `${name} cannot receive signals: it ${why}.`,
    at: `@OnSignal on ${name}`,
    fix: 'decorate an instance method of a provider or a controller.',
  });
}

/**
 * Whether a class of an application receives one of these signals, as far as that is known before any provider is made.
 * Values and objects of factories are not known yet.
 */
export function isReceived(modules: ModulesContainer, signals: readonly SignalClass[]): boolean {
  const received = [...modules.values()]
    .flatMap(({ controllers, providers }) => [...controllers.values(), ...providers.values()])
    .flatMap(({ metatype }) => signalsOf((metatype?.prototype as object | undefined) ?? {}));
  return signals.some(signal => received.includes(signal));
}

function signalsOf(prototype: object): readonly unknown[] {
  try {
    return receiverMethodsOf(prototype).flatMap(({ definitions }) => definitions.flatMap(({ signals }) => signals));
  } catch {
    // Discovery reports the mistake.
    return [];
  }
}
