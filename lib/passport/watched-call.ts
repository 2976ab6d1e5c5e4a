import { Logger } from '@nestjs/common';
import { nameOf } from '../core/index.js';

type Call = (this: unknown, ...args: never[]) => unknown;

const WATCHED: unique symbol = Symbol('Watched');

/**
 * Puts a call around a method of one object, which is made once for the life of the object.
 *
 * Passport's strategies and Nest's guards may serve several applications of a process, so what is put around them
 * knows none: it finds the application through the request. A method that is a property of the object, as spies are,
 * still shows its own members.
 */
export function watchCall<Name extends string, Own extends Call>(
  object: { [Key in Name]: Own },
  name: Name,
  around: (original: Own) => Own,
): void {
  const original = object[name];
  if (WATCHED in original) return;
  const watched = around(original);
  const value = Object.hasOwn(object, name) ? standIn(original, watched) : Object.assign(watched, { [WATCHED]: true });
  if (Reflect.defineProperty(object, name, { value, configurable: true, writable: true })) return;
  new Logger('Signals').warn(
    `${nameOf(object)} is frozen: no signal is sent of the logins that its ${name}() decides on.`,
  );
}

function standIn<Own extends Call>(original: Own, watched: Own): Own {
  return new Proxy(original, {
    // Whatever the original is called with.
    apply: (_, self, args) => watched.apply(self, args as never[]),
    has: (target, key) => key === WATCHED || key in target,
  });
}
