import { Muting, type SignalOrUid, type SignalRegistry } from '../core/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';
import { checkKnown } from './known-names.js';
import { type Temporary, temporary } from './temporary.js';

/**
 * Does not call the receivers of these signals, or these receivers, wherever in the application it is sent from:
 * requests to a server that listens already, timers and workers included. `registry.mute()` is for one part of a
 * program.
 *
 * @param muted - signal classes (an abstract one means those that extend it) and uids. Default: all.
 * @throws {SignalError} `SIGNAL_UNKNOWN`, `RECEIVER_UNKNOWN`, `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`
 */
export function muteSignals(app: TestedApplication, ...muted: SignalOrUid[]): Temporary {
  const registry = startedRegistryOf(app, 'muteSignals()');
  checkKnown(registry, muted, 'muteSignals()');
  return mute(registry, new Muting(muted.length > 0 ? muted : 'all'));
}

/**
 * Calls no receivers but these, or those of these signals, in the whole application.
 *
 * @param allowed - uids, and signal classes.
 * @throws {SignalError} as `muteSignals`.
 */
export function onlyReceivers(app: TestedApplication, ...allowed: SignalOrUid[]): Temporary {
  const registry = startedRegistryOf(app, 'onlyReceivers()');
  checkKnown(registry, allowed, 'onlyReceivers()');
  return mute(registry, new Muting('all', allowed));
}

function mute({ overrides }: SignalRegistry, muting: Muting): Temporary {
  return temporary(overrides.mute(muting));
}
