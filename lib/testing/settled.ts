import { setTimeout as pause } from 'node:timers/promises';
import {
  canWait,
  checkOptions,
  LONGEST_TIMER_MS,
  type OptionKinds,
  type OptionOwner,
  SignalError,
  type SignalRegistry,
  within,
} from '../core/index.js';
import { DURABLE, durableJobs } from '../durable/index.js';
import { startedRegistryOf, type TestedApplication } from './application.js';

/** The options of `settled()`. */
export interface SettledOptions {
  /** How long to wait, in milliseconds. Default: 3000, which is less than a test has with most runners. */
  timeoutMs?: number;
}

const OPTIONS: OptionKinds<SettledOptions> = {
  timeoutMs: {
    accepts: value => canWait(value, { min: 0 }),
    fix: `give milliseconds, from 0 to ${LONGEST_TIMER_MS} (24 days).`,
  },
};

const OWNER: OptionOwner = {
  name: 'settled()',
  at: () => 'settled(app, { timeoutMs })',
  fix: 'give an object, or leave it out.',
};

/** Jobs are asked about: a database does not say when it has none left. */
const PAUSE_MS = 10;

/**
 * Resolves when everything that was sent in the application has been received: sends that are not awaited, those that
 * receivers send meanwhile, and durable messages, their repetitions included.
 *
 * Fake timers of a test runner do not stop it.
 *
 * @throws {SignalError} `NOT_SETTLED`, which names the receivers that are still waited for; `UNKNOWN_OPTION`,
 * `MODULE_NOT_IMPORTED`, `APPLICATION_CLOSED`.
 */
export async function settled(app: TestedApplication, options: SettledOptions = {}): Promise<void> {
  const registry = startedRegistryOf(app, 'settled()');
  checkOptions(OWNER, options, OPTIONS);
  const { timeoutMs = 3000 } = options;
  const late = new AbortController();
  if (await within(timeoutMs, idle(registry, late.signal))) return;
  late.abort();
  const names = [...registry.pendingSends.names, ...(await jobsOf(registry))];
  throw new SignalError('NOT_SETTLED', {
    what: `After ${timeoutMs} ms these have not ended: ${names.join(', ')}.`,
    at: 'settled()',
    fix: 'let what they wait for happen first, or fake them, or wait longer: `settled(app, { timeoutMs })`.',
  });
}

/** Code that awaited a send may send again as soon as it has ended, and so may a worker when it has committed. */
async function idle(registry: SignalRegistry, late: AbortSignal): Promise<void> {
  const { backends, pendingSends } = registry;
  const rounds = backends.has(DURABLE.backend) ? 2 : 1;
  for (let idleRounds = 0; idleRounds < rounds && !late.aborted; idleRounds++) {
    await pendingSends.idle();
    await pause(rounds === 1 ? 0 : PAUSE_MS);
    if ((await jobsOf(registry)).length > 0 || !pendingSends.isIdle) idleRounds = -1;
  }
}

/** The durable receivers that have messages which are not delivered yet. Those of other applications are not among them. */
async function jobsOf(registry: SignalRegistry): Promise<string[]> {
  if (!registry.backends.has(DURABLE.backend)) return [];
  const counts = await durableJobs(registry).operations.counts();
  return counts.flatMap(({ receiver, waiting, delayed, active, paused, parked }) => {
    if (parked || waiting + delayed + active === 0) return [];
    const states = Object.entries({ waiting, delayed, active }).filter(([, count]) => count > 0);
    const shown = states.map(([state, count]) => `${count} ${state}`).join(', ');
    return [`${receiver} (${shown}${paused ? ', paused' : ''})`];
  });
}
