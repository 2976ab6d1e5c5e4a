import type { INestApplicationContext } from '@nestjs/common';
import { type AnySignal, REGISTRY, Signal, SignalError, SignalRegistry } from '../core/index.js';
import { SignalsLifecycle } from '../nest/index.js';

/** An application as a test has it: a `TestingModule`, or the application that was made of it. */
export type TestedApplication = Pick<INestApplicationContext, 'get'>;

/**
 * The registry of an application that has started as far as its receivers go, with `init()` or without.
 *
 * @param at - what the reader called.
 * @throws {SignalError} `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`, and what a start may throw.
 */
export function startedRegistryOf(app: TestedApplication, at: string): SignalRegistry {
  const registry = registryOf(app, at);
  start(app);
  return registry;
}

export function isSignal(tested: TestedApplication | AnySignal): tested is AnySignal {
  return tested instanceof Signal;
}

export function start(tested: TestedApplication | AnySignal): void {
  if (!isSignal(tested)) tested.get(SignalsLifecycle, { strict: false }).start();
}

/**
 * The registry of an application, or that of a signal that was made with `new`.
 *
 * @param at - what the reader called.
 * @throws {SignalError} `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`
 */
export function registryOf(tested: TestedApplication | AnySignal, at: string): SignalRegistry {
  const registry: SignalRegistry | undefined = isSignal(tested) ? tested[REGISTRY] : find(tested);
  if (!registry) {
    throw new SignalError('MODULE_NOT_IMPORTED', {
      what: 'What was given is no application that imports SignalsModule.',
      at,
      fix: 'give what `await Test.createTestingModule(...).compile()` gives, with `SignalsModule.forRoot()` among its imports.',
    });
  }
  if (registry.life.signal.aborted) {
    throw new SignalError('APPLICATION_CLOSED', {
      what: 'The application is closed: nothing of it sends or receives any more.',
      at,
      fix: 'ask before `app.close()`.',
    });
  }
  return registry;
}

function find(app: TestedApplication): SignalRegistry | undefined {
  try {
    return app.get(SignalRegistry, { strict: false });
  } catch {
    return undefined;
  }
}
