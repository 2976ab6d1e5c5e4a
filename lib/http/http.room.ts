import type { Room } from '../nest/index.js';
import { HttpLink } from './http-link.js';
import { REQUEST_SIGNALS, RequestSource } from './request-source.js';

/** The requests that an application serves. No adapter is needed or imported: it is known by what Nest calls it by. */
export const httpRoom: Room = {
  name: 'http',
  signals: REQUEST_SIGNALS,
  needs: '`SignalsModule.forRoot({ http: false })`',

  async link(application) {
    const { http } = application.options as { http?: boolean };
    const source = new RequestSource(application.registry, http);
    application.registry.sources.add(source);
    return http === false ? undefined : new HttpLink(application, source).link(http);
  },
};
