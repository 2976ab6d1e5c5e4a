import { ApplicationConfig } from '@nestjs/core';
import { type Application, isReceived, onHttpAdapter, type RoomLink } from '../nest/index.js';
import { ExceptionFilters } from './exception-filters.js';
import { HttpEntry } from './http-entry.js';
import { REQUEST_SIGNALS, type RequestSource } from './request-source.js';
import { RequestWatch } from './request-watch.js';
import { watchRpc, watchSockets } from './message-entries.js';

/** The hooks in the places that serve the requests of an application. */
export class HttpLink implements RoomLink {
  private readonly watch: RequestWatch;
  private readonly filters: ExceptionFilters;
  private readonly config: ApplicationConfig;
  private entry: HttpEntry | undefined;

  constructor(
    private readonly application: Application,
    source: RequestSource,
  ) {
    this.watch = new RequestWatch(application, source);
    this.filters = new ExceptionFilters(this.watch);
    this.config = application.moduleRef.get(ApplicationConfig, { strict: false });
  }

  /** @param option - undefined: on if a signal has a receiver. */
  link(option: boolean | undefined): this {
    const { moduleRef, modules } = this.application;
    onHttpAdapter(moduleRef, adapter => {
      this.entry = new HttpEntry(this.watch, adapter);
    });
    // Nest binds messages before it configures modules.
    if (option ?? isReceived(modules, REQUEST_SIGNALS)) {
      watchRpc(this.watch, this.config);
      this.filters.bindToClasses(modules);
    }
    return this;
  }

  configure(): void {
    this.entry?.configure();
    if (!this.watch.isOn) return;
    this.filters.bindToClasses(this.application.modules);
    this.filters.bindToAll(this.config);
    watchSockets(this.watch, this.config);
  }

  bootstrap(): void {
    this.entry?.bootstrap();
  }

  close(): void {
    this.filters.unbind();
  }
}
