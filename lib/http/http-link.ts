import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { type Application, isReceived, type RoomLink } from '../nest/index.js';
import { ExceptionFilters } from './exception-filters.js';
import { type HttpAdapter, HttpEntry } from './http-entry.js';
import { REQUEST_SIGNALS, type RequestSource } from './request-source.js';
import { RequestWatch } from './request-watch.js';
import { watchRpc } from './rpc-entry.js';
import { watchSockets } from './socket-entry.js';

/** Hooks what serves the requests of an application. */
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

  /** @param isWanted - undefined: when a receiver asks for it. */
  link(isWanted: boolean | undefined): this {
    const { moduleRef, modules } = this.application;
    const host = moduleRef.get(HttpAdapterHost, { strict: false });
    // Under NestFactory there is an adapter already, in a testing module there will be one, and elsewhere none.
    host.init$.subscribe(() => {
      if (host.httpAdapter) this.entry = new HttpEntry(this.watch, host.httpAdapter as HttpAdapter);
    });
    // Nest binds messages before it configures modules.
    if (isWanted ?? isReceived(modules, REQUEST_SIGNALS)) {
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
