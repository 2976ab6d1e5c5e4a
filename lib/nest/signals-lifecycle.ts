import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SignalRegistry } from '../core/index.js';
import { ReceiverDiscovery } from './receiver-discovery.js';
import { LINKS, type Room, type RoomLink, ROOMS } from './room.js';

/** Connects the receivers when the application starts and disconnects them when it shuts down. */
@Injectable()
export class SignalsLifecycle implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Signals');

  constructor(
    @Inject(ReceiverDiscovery) private readonly discovery: ReceiverDiscovery,
    @Inject(SignalRegistry) private readonly registry: SignalRegistry,
    @Inject(ROOMS) private readonly rooms: readonly Room[],
    @Inject(LINKS) private readonly links: readonly (RoomLink | undefined)[],
  ) {
    registry.log = {
      receiverFailed: (receiver, signal, reason) => this.logger.error(`${receiver} failed on ${signal}`, reason),
      receiverSkipped: (receiver, signal, because) => this.logger.verbose(`${receiver} skips ${signal}: ${because}`),
    };
  }

  /** The module is global, so this runs before the hooks of the modules that use it. */
  async onModuleInit(): Promise<void> {
    this.discovery.discover(true);
    await this.registry.startup.tellLatecomers();
    this.warnOfSilentSignals();
  }

  onApplicationShutdown(): void {
    for (const link of this.links) link?.close?.();
    this.discovery.disconnect();
  }

  private warnOfSilentSignals(): void {
    for (const { signals, needs } of this.rooms) {
      for (const signal of signals.filter(it => !this.registry.startup.sourceOf(it))) {
        const { name, records } = this.registry.channel(signal);
        for (const { uid } of records) {
          this.logger.warn(`${uid} receives ${name}, which nothing in this application sends: ${needs}.`);
        }
      }
    }
  }
}
