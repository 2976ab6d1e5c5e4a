import type { WorkOptions } from 'pg-boss';
import { JobCall, SignalError, versionOf, within } from '../../core/index.js';
import type { DurableReceiver } from '../receivers.js';
import { Attempt } from './attempt.js';
import type { FetchedJob } from './fetched-job.js';
import type { Workplace } from './workplace.js';

/** How long what was fetched may wait for what was fetched with it, before another worker may have it. */
const PATIENCE_MS = 500;
/** How long a message waits that this version of the application cannot deliver. */
const PARKED_MS = 5000;
/** How soon is looked for what no notification tells of: repetitions, delays, what was given back. */
const POLL_SECONDS = 2;

const DEFAULT_CONCURRENCY = 4;
const DEFAULT_BATCH = 10;
const DEFAULT_BATCH_OF_ONE_CALL = 100;

interface Called {
  readonly called: Promise<void>;
  readonly over: Promise<number | undefined>;
}

/** Serves one receiver: takes what is stored for it, on all its queues, and calls it. */
export class ReceiverWorker {
  private readonly running = new Set<Attempt>();
  private readonly wakings = new Set<NodeJS.Timeout>();
  private readonly warned = new Set<string>();
  private workIds: string[] = [];
  private isStopping = false;

  constructor(
    private readonly place: Workplace,
    readonly receiver: DurableReceiver,
  ) {}

  get isWorking(): boolean {
    return this.workIds.length > 0;
  }

  /** @param queues - of the receiver, as far as they exist. */
  async start(queues: readonly string[]): Promise<void> {
    this.isStopping = false;
    const { concurrency = DEFAULT_CONCURRENCY } = this.receiver.options;
    for (const queue of queues) {
      const places = this.place.isEmbedded || queue !== this.receiver.queue ? 1 : concurrency;
      for (let at = 0; at < places; at += 1) await this.open(queue);
    }
  }

  /** Takes nothing more, and waits for what runs; what has not begun is given back. */
  async stop(waitMs: number): Promise<void> {
    this.isStopping = true;
    this.workIds = [];
    for (const timer of this.wakings) clearTimeout(timer);
    await within(
      waitMs,
      Promise.all(this.receiver.queues.map(queue => this.place.boss.offWork(queue, { wait: true }))),
    );
  }

  /** What still runs is for others to repeat; it cannot complete any more. */
  abandon(): { readonly names: readonly string[]; readonly over: Promise<unknown> } {
    const left = [...this.running];
    return {
      names: left.map(({ jobs }) => `${this.receiver.uid} (${jobs[0]!.data.signal})`),
      over: Promise.all(left.map(attempt => attempt.abandon())),
    };
  }

  private async open(queue: string): Promise<void> {
    const { batch = this.receiver.takesBatches ? DEFAULT_BATCH_OF_ONE_CALL : DEFAULT_BATCH } = this.receiver.options;
    const options = {
      batchSize: batch,
      perJobResults: true,
      burstWhenBatchFull: true,
      pollingIntervalSeconds: POLL_SECONDS,
      notifyPollingIntervalSeconds: POLL_SECONDS,
    } as const satisfies WorkOptions;
    const own: { id?: string } = {};
    own.id = await this.place.boss.work(queue, options, async (jobs: FetchedJob[]) => {
      await this.take([...jobs], own);
      // All of it is settled. With nothing left to settle pg-boss sends no statement (12.38), and else one that is fenced.
      return jobs.splice(0).map(({ id }) => ({ id, status: 'completed' as const }));
    });
    this.workIds.push(own.id);
  }

  private async take(jobs: readonly FetchedJob[], own: { readonly id?: string }): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    const calls = this.callsOf(jobs);
    const ends: Promise<void>[] = [];
    for (const [at, call] of calls.entries()) {
      if (this.isStopping || (at > 0 && performance.now() > until)) {
        ends.push(this.place.settling.giveBack(calls.slice(at).flat()));
        break;
      }
      const { called, over } = this.deliver(call);
      const end = over.then(pauseMs => (pauseMs === undefined ? undefined : this.wake(own, pauseMs)));
      // It is awaited with the others, below.
      end.catch(() => {});
      ends.push(end);
      await called;
    }
    await Promise.all(ends);
    // Of the messages with one key one is fetched at a time: there may be a next.
    if (this.receiver.options.key) this.wake(own);
  }

  /** Repetitions are made one by one, so that one poisonous message does not take the others with it. */
  private callsOf(jobs: readonly FetchedJob[]): (readonly FetchedJob[])[] {
    const together = Map.groupBy(jobs, ({ id, retryCount, data }) => {
      const isBatch = this.receiver.of(data.signal)?.record.terms.batch && retryCount === 0;
      return isBatch ? `${data.signal}/${data.version}` : id;
    });
    return [...together.values()];
  }

  /** @returns when the next call may be made, and how long to wait before this one is repeated. */
  private deliver(jobs: readonly FetchedJob[]): Called {
    const { registry, settling, classNamed } = this.place;
    const { signal, version = 1 } = jobs[0]!.data;
    const received = this.receiver.of(signal);
    if (!received || version > versionOf(received.channel.signal)) {
      this.warnOf(received ? newerVersion(this.receiver.uid, signal, version) : noReceiver(this.receiver.uid, signal));
      const over = settling.giveBack(jobs, PARKED_MS).then(() => undefined);
      return { called: over, over };
    }
    const call = new JobCall(registry, received, jobs, classNamed);
    const attempt = new Attempt(this.place, this.receiver, call, jobs);
    return { called: attempt.called, over: this.carryOut(attempt) };
  }

  private async carryOut(attempt: Attempt): Promise<number | undefined> {
    const isHolding = this.receiver.options.transaction !== false;
    this.running.add(attempt);
    try {
      return await (isHolding ? this.place.slots.use(() => attempt.make()) : attempt.make());
    } finally {
      this.running.delete(attempt);
    }
  }

  private wake({ id }: { readonly id?: string }, inMs?: number): void {
    if (id === undefined || this.isStopping) return;
    if (inMs === undefined) return this.place.boss.notifyWorker(id);
    const timer = setTimeout(() => {
      this.wakings.delete(timer);
      this.place.boss.notifyWorker(id);
    }, inMs + 1);
    this.wakings.add(timer);
  }

  private warnOf(error: SignalError): void {
    if (this.warned.has(error.message)) return;
    this.warned.add(error.message);
    this.place.log.warn(error.message);
  }
}

function noReceiver(uid: string, signal: string): SignalError {
  return new SignalError('JOB_WITHOUT_RECEIVER', {
    what: `A message of ${signal} is stored for ${uid}, which does not receive ${signal}.`,
    at: `the worker of ${uid}`,
    fix: 'connect the receiver to the signal again, or purge its messages with DurableSignals.',
  });
}

function newerVersion(uid: string, signal: string, version: number): SignalError {
  return new SignalError('PAYLOAD_INVALID', {
    what: `A message of ${signal} for ${uid} has version ${version}, which this process does not know; it was given back.`,
    at: `the worker of ${uid}`,
    fix: 'nothing, while a deploy is under way; afterwards, deploy the newer version here, too.',
  });
}
