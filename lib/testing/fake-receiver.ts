import type { Message } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import { checkUid } from './known-names.js';
import { type Temporary, temporary } from './temporary.js';

/**
 * Calls `fake` instead of the receivers with this uid, in the whole application. Everything else stays as it is:
 * who is asked for, the order, how it is delivered, what an error does. Of several fakes the latest is called.
 *
 * @param fake - is given the payload and the message. Default: does nothing.
 * @throws {SignalError} `RECEIVER_UNKNOWN`, `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`
 */
export function fakeReceiver(
  app: TestedApplication,
  uid: string,
  // oxlint-disable-next-line typescript/no-explicit-any -- a uid does not say which payload its receiver takes
  fake: (payload: any, message: Message) => unknown = () => {},
): Temporary {
  const registry = startedRegistryOf(app, 'fakeReceiver()');
  checkUid(registry, uid, 'fakeReceiver()');
  return temporary(registry.overrides.replace(uid, fake));
}
