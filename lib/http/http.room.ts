import type { Room } from '../nest/index.js';
import { HttpLink } from './http-link.js';
import { REQUEST_SIGNALS, RequestWatch } from './request-watch.js';

/** The requests that an application serves. No adapter is needed or imported: it is known by what Nest calls it by. */
export const httpRoom: Room = {
  name: 'http',
  signals: REQUEST_SIGNALS,
  needs: '`SignalsModule.forRoot({ http: false })`',

  async link(application) {
    const { http } = application.options as { http?: boolean };
    const watch = new RequestWatch(application, http);
    application.registry.sources.add(watch);
    return http === false ? undefined : new HttpLink(watch);
  },
};
