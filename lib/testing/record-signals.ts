import { type AnySignal, nameOf, type SignalClass, SignalError } from '../core/index.js';
import { UnsentSignals } from '../nest/index.js';
import { isSignal, registryOf, start, type TestedApplication } from './application.js';
import { channelsOf } from './known-names.js';
import { SignalRecording } from './signal-recording.js';

const AT = 'recordSignals()';

/**
 * Records what is sent from now on, whether anybody receives it or not, wherever in the application it is sent.
 * Without being recorded, built-in signals without a receiver are not sent at all.
 *
 * Ends with a `using` block, with `end()`, or with the application; what was recorded stays.
 *
 * @param tested - the application, or a signal that was made with `new`.
 * @param signals - which signals; an abstract one means those that extend it. Default: all.
 * @throws {SignalError} `SIGNAL_UNKNOWN`, also for a built-in signal that nothing in this application sends;
 * `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`.
 */
export function recordSignals(tested: TestedApplication | AnySignal, ...signals: SignalClass[]): SignalRecording {
  const registry = registryOf(tested, AT);
  // Requests are watched from the start of the application on, when somebody wants to know by then.
  const recording = new SignalRecording(registry, signals);
  try {
    start(tested);
    if (!isSignal(tested)) refuseSilent(tested, signals);
    for (const signal of signals) channelsOf(registry, signal, AT);
    return recording;
  } catch (error) {
    recording.end();
    throw error;
  }
}

function refuseSilent(app: TestedApplication, signals: readonly SignalClass[]): void {
  const unsent = app.get(UnsentSignals, { strict: false });
  for (const signal of signals) {
    const because = unsent.reason(signal);
    if (because === undefined) continue;
    throw new SignalError('SIGNAL_UNKNOWN', {
      what: `Nothing in this application sends ${nameOf(signal)}: ${because}.`,
      at: AT,
      fix: 'change that, or record another signal.',
    });
  }
}
