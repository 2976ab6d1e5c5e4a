import type { PgBoss, Queue } from 'pg-boss';
import { DEFAULT_RETRY_LIMIT } from '../../durable/index.js';
import type { Settings } from '../options.js';
import type { DurableReceiver } from '../receivers.js';

const DAY_SECONDS = 24 * 60 * 60;

/** How long a worker may be silent before what it was doing is given to another; pg-boss allows no less. */
const HEARTBEAT_SECONDS = 10;

/** The time that a receiver has beyond its own `timeoutMs`, to be fetched and to settle. */
const MARGIN_MS = 30_000;

/** Makes the queues of a receiver, or makes them what its options say now. */
export async function declareQueues(boss: PgBoss, receiver: DurableReceiver, settings: Settings): Promise<void> {
  const { timeoutMs, queue, options } = receiver;
  const [deadLetter] = receiver.deadQueues;
  const retentionSeconds = settings.parkedRetentionDays * DAY_SECONDS;
  await declare(boss, deadLetter, { retentionSeconds, deleteAfterSeconds: DAY_SECONDS });
  await declare(boss, queue, {
    policy: options.key ? 'key_strict_fifo' : 'standard',
    notify: true,
    deadLetter,
    retryLimit: options.retryLimit ?? DEFAULT_RETRY_LIMIT,
    // The pauses between attempts are ours. What pg-boss itself takes back is due again at once.
    retryDelay: 0,
    retryBackoff: false,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    // Without a limit of its own a receiver may run for as long as its worker shows that it is alive.
    expireInSeconds: timeoutMs === undefined ? DAY_SECONDS - 1 : Math.ceil((timeoutMs + MARGIN_MS) / 1000),
    retentionSeconds,
    deleteAfterSeconds: DAY_SECONDS,
  });
}

async function declare(boss: PgBoss, name: string, options: Omit<Queue, 'name'>): Promise<void> {
  const known = await boss.getQueue(name);
  // Several processes may do so at once, and the first makes it.
  if (!known) return boss.createQueue(name, options);
  const { policy: _fixed, ...changeable } = options;
  const isDifferent = Object.entries(changeable).some(([option, value]) => known[option as keyof Queue] !== value);
  if (isDifferent) await boss.updateQueue(name, changeable);
}
