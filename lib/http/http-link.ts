import { ApplicationConfig } from '@nestjs/core';
import { isReceived, onHttpAdapter, type RoomLink } from '../nest/index.js';
import { ExceptionFilters } from './exception-filters.js';
import { HttpEntry } from './http-entry.js';
import { REQUEST_SIGNALS, type RequestWatch } from './request-watch.js';
import { watchRpc, watchSockets } from './message-entries.js';

/** The hooks in the places that serve the requests of an application. */
export class HttpLink implements RoomLink {
  private readonly filters = new ExceptionFilters(this.watch);
  private readonly config = this.watch.application.moduleRef.get(ApplicationConfig, { strict: false });
  private entry: HttpEntry | undefined;

  constructor(private readonly watch: RequestWatch) {
    const { moduleRef, modules } = watch.application;
    onHttpAdapter(moduleRef, adapter => {
      this.entry = new HttpEntry(watch, adapter);
    });
    // Nest binds messages before it configures modules.
    if (watch.option ?? isReceived(modules, REQUEST_SIGNALS)) {
      watchRpc(watch, this.config);
      this.filters.bindToClasses(modules);
    }
  }

  configure(): void {
    this.entry?.configure();
    if (!this.watch.isOn) return;
    this.filters.bindToClasses(this.watch.application.modules);
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
