import { type Message, Muting, type SignalOrUid, type SignalRegistry } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import { checkKnown } from './known-names.js';

/** A change that lasts until the end of a `using` block, or until `end()`. */
export interface Temporary extends Disposable {
  /** Ends it now; what has ended stays ended. */
  end(): void;
}

/**
 * Does not call the receivers of these signals, or these receivers, wherever in the application it is sent from:
 * requests to a server that listens already, timers and workers included. `registry.mute()` is for one part of a
 * program.
 *
 * @param muted - signal classes (an abstract one means those that extend it) and uids. Default: all.
 * @throws {SignalError} `SIGNAL_UNKNOWN`, `RECEIVER_UNKNOWN`, `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`
 */
export function muteSignals(app: TestedApplication, ...muted: SignalOrUid[]): Temporary {
  const muting = new Muting(muted.length > 0 ? muted : 'all');
  return override(app, muted, 'muteSignals()', overrides => overrides.mute(muting));
}

/**
 * Calls no receivers but these, or those of these signals, in the whole application.
 *
 * @param allowed - uids, and signal classes.
 * @throws {SignalError} as `muteSignals`.
 */
export function onlyReceivers(app: TestedApplication, ...allowed: SignalOrUid[]): Temporary {
  const muting = new Muting('all', allowed);
  return override(app, allowed, 'onlyReceivers()', overrides => overrides.mute(muting));
}

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
  return override(app, [uid], 'fakeReceiver()', overrides => overrides.replace(uid, fake));
}

function override(
  app: TestedApplication,
  named: readonly SignalOrUid[],
  at: string,
  begin: (overrides: SignalRegistry['overrides']) => () => void,
): Temporary {
  const registry = startedRegistryOf(app, at);
  checkKnown(registry, named, at);
  const end = begin(registry.overrides);
  return { end, [Symbol.dispose]: end };
}
