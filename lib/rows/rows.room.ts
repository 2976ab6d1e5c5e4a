import { durableJobs, DURABLE } from '../durable/index.js';
import type { Room } from '../nest/index.js';
import { RowChanged } from './row-changed.js';

/** @internal Changes of rows, for applications whose engine of durable messages sends them. */
export const rowsRoom: Room = {
  name: 'rows',
  signals: [RowChanged],
  needs: 'it has no `SignalsModule.forRoot({ durable: pgBoss({ rows: true }) })`',

  async link({ registry, options }) {
    const { durable } = options as { durable?: { readonly rows?: boolean } };
    if (durable?.rows !== true) return undefined;
    const { RowsLink } = await import('./rows-link.js');
    const place = () => (registry.backends.has(DURABLE.backend) ? durableJobs(registry).rows : undefined);
    return new RowsLink(registry, place);
  },
};
