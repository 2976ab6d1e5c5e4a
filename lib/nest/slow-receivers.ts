import type { Logger } from '@nestjs/common';
import type { PendingSend, SignalRegistry } from '../core/index.js';

interface Seen {
  readonly call: string;
  readonly since: number;
}

/**
 * Warns, once for each uid, of receivers that callers have waited for too long. It looks at pending sends from time to time, so
 * that a call costs nothing more.
 */
export class SlowReceivers {
  private readonly warned = new Set<string>();
  private seen = new Map<PendingSend, Seen>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: SignalRegistry,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly limitMs: number,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.look(), Math.ceil(this.limitMs / 4));
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    const seen = new Map<PendingSend, Seen>();
    for (const pending of this.registry.pendingSends) {
      const { current, turn } = pending;
      // No sender waits for a durable receiver.
      if (!current || current.terms.delivery.moment === 'storing') continue;
      const call = `${current.uid} ${turn}`;
      const before = this.seen.get(pending);
      const since = before?.call === call ? before.since : now;
      seen.set(pending, { call, since });
      if (now - since >= this.limitMs) this.warn(current.uid, pending.channel.name);
    }
    this.seen = seen;
  }

  private warn(uid: string, signal: string): void {
    if (this.warned.has(uid)) return;
    this.warned.add(uid);
    this.logger.warn(
      `${uid} has been running for more than ${this.limitMs} ms on ${signal}, and its sender waits for it. ` +
        'Give it `delivery: durable()` or a `timeoutMs`, or raise `slowReceiverMs`.',
    );
  }
}
