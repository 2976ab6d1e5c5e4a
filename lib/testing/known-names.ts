import {
  type Channel,
  isOrExtends,
  nameOf,
  type SignalClass,
  SignalError,
  type SignalOrUid,
  type SignalRegistry,
} from '../core/index.js';

/**
 * The channels of a signal, and of those that extend it.
 *
 * @throws {SignalError} `SIGNAL_UNKNOWN`
 */
export function channelsOf(registry: SignalRegistry, signal: SignalClass, at: string): Channel[] {
  const channel = registry.channel(signal);
  if (!channel.isKnown) {
    throw new SignalError('SIGNAL_UNKNOWN', {
      what: `No module of this application knows the signal ${nameOf(signal)}.`,
      at,
      fix: `import \`SignalsModule.forFeature([${nameOf(signal)}])\`, or give the class that the application imports: another file may have one of that name.`,
    });
  }
  return [...registry.channels].filter(other => isOrExtends(other.signal, signal));
}

/** @throws {SignalError} `RECEIVER_UNKNOWN` */
function checkUid(registry: SignalRegistry, uid: string, at: string): void {
  const uids = new Set(registry.receivers().map(receiver => receiver.uid));
  if (uids.has(uid)) return;
  throw new SignalError('RECEIVER_UNKNOWN', {
    what: `No receiver of this application has the uid '${uid}'.`,
    at,
    fix: uids.size > 0 ? `use one of ${[...uids].join(', ')}.` : 'provide the class that receives.',
  });
}

/** @throws {SignalError} `SIGNAL_UNKNOWN`, `RECEIVER_UNKNOWN` */
export function checkKnown(registry: SignalRegistry, named: readonly SignalOrUid[], at: string): void {
  for (const one of named) {
    if (typeof one === 'string') checkUid(registry, one, at);
    else channelsOf(registry, one, at);
  }
}
