import type { ObservedSend, SignalRegistry } from '../../core/index.js';
import type { InspectorSettings } from '../inspector-options.js';
import type { Deliveries } from './deliveries.js';
import { Facts } from './facts.js';
import { Recorder } from './recorder.js';
import { RecentSends } from './recent-sends.js';

/** How long sends are recorded after the last page was closed, for one that is loaded again. */
const GRACE_MS = 60_000;

/** Records sends while pages are open, and observes nothing otherwise. */
export class Recording {
  readonly sends: RecentSends;
  private readonly recorder: Recorder;
  private watching: Disposable | undefined;
  private pages = 0;
  private grace: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: SignalRegistry,
    private readonly settings: InspectorSettings,
    isLeftOut: (send: ObservedSend) => boolean,
    deliveries: Deliveries,
    /** Goes on while sends are recorded. */
    private readonly counts: { start(): void; stop(): void } | undefined,
  ) {
    this.sends = new RecentSends(settings.recent);
    const delivered = (receiver: string) => deliveries.count(receiver);
    this.recorder = new Recorder(new Facts(registry, settings), this.sends, isLeftOut, delivered);
  }

  /** A page was opened. */
  begin(): void {
    this.pages++;
    clearTimeout(this.grace);
    if (this.settings.record) this.watching ??= this.recorder.watch(this.registry);
    this.counts?.start();
  }

  /** A page was closed. */
  end(): void {
    if (--this.pages === 0) this.grace = setTimeout(() => this.stop(), GRACE_MS).unref();
  }

  stop(): void {
    clearTimeout(this.grace);
    this.counts?.stop();
    this.watching?.[Symbol.dispose]();
    this.watching = undefined;
  }
}
