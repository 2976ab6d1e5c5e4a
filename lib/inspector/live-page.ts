import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type ObservedSend, type SignalClass, SignalError } from '../core/index.js';
import { urlOf, type PageRequest } from './answer.js';
import { inspect, type InspectedApplication } from './application.js';
import { DurablePage } from './durable/durable-page.js';
import { INSPECTOR_SETTINGS, type InspectorSettings, isProduction } from './inspector-options.js';
import { PageFiles } from './page-files.js';
import { PageStates } from './page-state.js';
import { Deliveries } from './recording/deliveries.js';
import { Recording } from './recording/recording.js';
import { PageStreams } from './streams/page-streams.js';

/** The places below which the page has answered: there are few, as many as there are versions. */
const MOST_PLACES = 20;

/** The live page of one application. */
@Injectable()
export class LivePage implements OnModuleInit, OnModuleDestroy {
  readonly files = new PageFiles();
  private parts: Readonly<{ states: PageStates; streams: PageStreams; durable: DurablePage }> | undefined;
  /** Begins what may outlive the request that it is begun in. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private readonly places = new Set<string>();

  constructor(
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
    @Inject(INSPECTOR_SETTINGS) readonly settings: InspectorSettings,
  ) {
    if (settings.isOn && isProduction() && settings.guards.length === 0) {
      throw new SignalError('INSPECTOR_UNGUARDED', {
        what: 'The live page of signals would be open to everybody, in production.',
        at: 'SignalsInspectorModule.forRoot({ enabled: true })',
        fix: 'say who may see it: forRoot({ enabled, guard: AdminGuard }); or leave `enabled` out.',
      });
    }
  }

  onModuleInit(): void {
    if (!this.settings.isOn) return;
    const app: InspectedApplication = { get: (token, options) => this.moduleRef.get(token, options) };
    const inspected = inspect(app);
    const ofRequests = inspected.rooms.find(({ name }) => name === 'http')?.signals ?? [];
    const isLeftOut = (send: ObservedSend) => isAboutLoading(send) || this.isOwnRequest(send, ofRequests);
    const deliveries = new Deliveries();
    const durable = new DurablePage(inspected.registry, deliveries, this.settings.payloads);
    const counts = durable.isAvailable ? durable.counts : undefined;
    const recording = new Recording(inspected.registry, this.settings, isLeftOut, deliveries, counts);
    this.parts = {
      durable,
      states: new PageStates(app, inspected, this.settings),
      streams: new PageStreams(recording, this.settings.recent),
    };
  }

  /** Before the server closes, which waits for answers that go on. */
  onModuleDestroy(): void {
    this.parts?.streams.close();
  }

  /** The parts that are there once the application has started. */
  get live() {
    if (this.parts) return this.parts;
    throw new SignalError('APPLICATION_CLOSED', {
      what: 'The live page was asked before the application has started.',
      at: 'SignalsInspectorModule',
      fix: 'wait for app.listen() or app.init().',
    });
  }

  open(response: ServerResponse, lastId: unknown): void {
    this.outside(() => this.live.streams.add(response, lastId));
  }

  /** Remembers where the page is, so that its own requests are not among what it shows. */
  asked(request: PageRequest): void {
    const [, place] = /^(.*\/)api\/\w+$/.exec(urlOf(request).pathname) ?? [];
    if (place !== undefined && this.places.size < MOST_PLACES) this.places.add(place);
  }

  private isOwnRequest({ signal, payload }: ObservedSend, ofRequests: readonly SignalClass[]): boolean {
    if (!ofRequests.includes(signal.constructor as SignalClass)) return false;
    const { request } = payload as { readonly request?: PageRequest };
    const url = request?.originalUrl ?? request?.url;
    return typeof url === 'string' && [...this.places].some(place => url.startsWith(place));
  }
}

/** Reading entities sends it, for each of them. */
function isAboutLoading({ signal }: ObservedSend): boolean {
  return (signal as { readonly comesWithLoads?: boolean }).comesWithLoads === true;
}
