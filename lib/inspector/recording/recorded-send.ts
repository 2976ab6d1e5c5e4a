import type { CallRecord, CallState, SendRecord } from '../page-types.js';
import { cutText } from './shown-text.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One receiver of a recorded send. */
export interface RecordedCall extends Mutable<CallRecord> {
  /** By the clock of `performance`. */
  startedAt: number;
}

/** The facts of a send that are known when it begins. */
export interface SendFacts extends Pick<
  SendRecord,
  'id' | 'signal' | 'sender' | 'causedBy' | 'transaction' | 'payload'
> {
  readonly slowMs: number;
}

const MOST_BYTES = 2048;
const MOST_CALLS = 40;
const MOST_SKIPS = 40;
const LONGEST_NAME = 120;

/** One send as the page shows it: texts and numbers, nothing of the application. */
export class RecordedSend {
  readonly calls: RecordedCall[] = [];
  readonly skips: SendRecord['skips'][number][] = [];
  context: readonly string[] | undefined;
  error: string | undefined;
  ms: number | undefined;
  hasFailed = false;
  isSlow = false;
  /** How many sends there had been when it changed the last time. */
  changed = 0;
  /** A page has it. */
  isShown = false;
  private left = 0;
  private readonly at = Date.now();
  private readonly startedAt = performance.now();

  constructor(
    private readonly facts: SendFacts,
    /** How many sends there had been with it. */
    readonly order: number,
  ) {}

  get id(): string {
    return this.facts.id;
  }

  end(error?: string): void {
    this.ms = performance.now() - this.startedAt;
    if (this.ms > this.facts.slowMs) this.isSlow = true;
    if (error === undefined) return;
    this.error = error;
    this.hasFailed = true;
  }

  skip(receiver: string, because: string): void {
    if (this.skips.length >= MOST_SKIPS) this.left++;
    else this.skips.push({ receiver: cutText(receiver, LONGEST_NAME), because: cutText(because, LONGEST_NAME) });
  }

  /** The call of this receiver; what is beyond the most of them is not shown. */
  call(receiver: string, delivery: string, state: CallState): RecordedCall {
    const known = this.knownCall(receiver);
    if (known) return known;
    const name = cutText(receiver, LONGEST_NAME);
    const call: RecordedCall = { receiver: name, delivery: cutText(delivery, LONGEST_NAME), state, startedAt: 0 };
    if (this.calls.length >= MOST_CALLS) this.left++;
    else this.calls.push(call);
    return call;
  }

  knownCall(receiver: string): RecordedCall | undefined {
    const name = cutText(receiver, LONGEST_NAME);
    return this.calls.find(one => one.receiver === name);
  }

  endCall(call: RecordedCall, state: CallState, error?: string): void {
    call.state = state;
    call.ms = performance.now() - call.startedAt;
    if (call.ms > this.facts.slowMs) this.isSlow = true;
    call.error = error;
    if (state === 'failed' || state === 'timed-out' || state === 'dead') this.hasFailed = true;
  }

  /** JSON of at most 2 KB. Calls that went well are left out first. */
  get text(): string {
    const [calls, skips] = [[...this.calls], [...this.skips]];
    const further: Partial<Mutable<SendRecord>> = { payload: this.facts.payload, context: this.context };
    if (this.left > 0) further.cut = this.left;
    for (;;) {
      const text = JSON.stringify(this.record(calls, skips, further));
      if (Buffer.byteLength(text) <= MOST_BYTES) return text;
      if (further.payload !== undefined) further.payload = undefined;
      else if (further.context !== undefined) further.context = undefined;
      else if (skips.length > 0) skips.pop();
      else {
        const at = calls.findLastIndex(({ error }) => error === undefined);
        if (calls.splice(at, 1).length === 0) return text;
      }
      further.cut = (further.cut ?? 0) + 1;
    }
  }

  private record(calls: readonly RecordedCall[], skips: SendRecord['skips'], further: Partial<SendRecord>): SendRecord {
    const { id, signal, sender, causedBy, transaction } = this.facts;
    return {
      ...{ id, signal, sender, causedBy, transaction, at: this.at, ms: rounded(this.ms) },
      ...{ failed: this.hasFailed, slow: this.isSlow, error: this.error },
      receivers: calls.map(call => ({ ...call, ms: rounded(call.ms), startedAt: undefined })),
      skips,
      ...further,
    };
  }
}

/** To a hundredth of a millisecond. */
function rounded(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 100) / 100;
}
