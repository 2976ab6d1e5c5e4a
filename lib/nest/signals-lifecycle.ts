import { performance } from 'node:perf_hooks';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { failedText, notAwaitedText, notSentText, SignalRegistry } from '../core/index.js';
import { logError } from './log-error.js';
import { type RootOptions, SIGNALS_OPTIONS } from './options.js';
import { ReceiverDiscovery } from './receiver-discovery.js';
import { RequestContexts } from './requests/request-contexts.js';
import { LINKS, type RoomLink } from './room.js';
import { UnsentSignals } from './unsent-signals.js';
import { SlowReceivers } from './slow-receivers.js';

/** Connects the receivers when the application starts; waits for what is under way when it shuts down. */
@Injectable()
export class SignalsLifecycle
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger('Signals');
  private readonly slow: SlowReceivers | undefined;
  private deadline: number | undefined;

  constructor(
    @Inject(ReceiverDiscovery) private readonly discovery: ReceiverDiscovery,
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(RequestContexts) private readonly requests: RequestContexts,
    @Inject(SIGNALS_OPTIONS) private readonly options: RootOptions,
    @Inject(UnsentSignals) private readonly unsent: UnsentSignals,
    @Inject(LINKS) private readonly links: readonly (RoomLink | undefined)[],
  ) {
    registry.limitDepth(options.maxDepth ?? 32);
    if (options.context) {
      registry.slowPath.require();
      registry.contexts.readsRequests = true;
    }
    const { slowReceiverMs = 10_000 } = options;
    if (slowReceiverMs !== false) this.slow = new SlowReceivers(registry, this.logger, slowReceiverMs);
    registry.log = {
      receiverFailed: (receiver, signal, reason, attempt) =>
        logError(this.logger, failedText(receiver, signal, attempt), reason),
      notSent: (signal, reason) => logError(this.logger, notSentText(signal), reason),
      sentTooLate: signal => this.logger.warn(sentTooLate(signal)),
      sendsNotAwaited: sends => this.logger.warn(notAwaitedText(sends)),
      receiverSkipped: (receiver, signal, because) => this.logger.verbose(`${receiver} skips ${signal}: ${because}`),
    };
  }

  /** Connects the receivers once every provider is there: by itself before the first `onModuleInit`. */
  start(): void {
    try {
      this.discovery.discover(true);
    } catch (error) {
      this.registry.startup.fail(error);
      throw error;
    }
  }

  /** Hooks requests before Nest registers the routes of an HTTP application. */
  bindToRequests(): void {
    this.start();
    this.requests.install();
    for (const link of this.links) link?.configure?.();
  }

  /** The module is global, so this runs before the hooks of the modules that use it. */
  async onModuleInit(): Promise<void> {
    this.start();
    for (const link of this.links) await link?.init?.();
    this.discovery.refuseUnprovided();
    await this.registry.startup.sendEarlyMessages();
    for (const warning of this.unsent.warnings) this.logger.warn(warning);
    this.logger.log(this.unsent.summary);
    for (const line of this.unsent.lines) this.logger.debug(line);
    this.slow?.start();
  }

  onApplicationBootstrap(): void {
    this.requests.bootstrap();
    for (const link of this.links) link?.bootstrap?.();
  }

  /** The server still answers requests: what they send now is waited for below. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.links.map(async link => link?.stop?.(this.remainingMs)));
    await this.drain();
  }

  /** Import `SignalsModule` after `MikroOrmModule`: what is imported last shuts down first. */
  async onApplicationShutdown(): Promise<void> {
    if (!(await this.drain())) {
      this.logger.warn(`Shutting down, although these have not ended: ${this.registry.pendingSends.names.join(', ')}.`);
    }
    for (const link of this.links) await link?.close?.();
    this.slow?.stop();
    this.discovery.disconnect();
    this.registry.life.abort();
  }

  private drain(): Promise<boolean> {
    return this.registry.pendingSends.drain(this.remainingMs);
  }

  /** Counted from when it is first asked for. */
  private get remainingMs(): number {
    this.deadline ??= performance.now() + (this.options.shutdownTimeoutMs ?? 5000);
    return Math.max(0, this.deadline - performance.now());
  }
}

function sentTooLate(signal: string): string {
  return (
    `${signal} was sent while the application shut down, after its receivers had been disconnected, so none was called. ` +
    'Send it in beforeApplicationShutdown() or onModuleDestroy().'
  );
}
