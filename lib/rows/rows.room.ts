import { durableJobs, DURABLE } from '../durable/index.js';
import type { Room } from '../nest/index.js';
import { RowChanged } from './row-changed.js';

/** The option or package without which nothing is sent. */
export const NEEDS_ROWS = 'it has no `SignalsModule.forRoot({ durable: pgBoss({ rows: true }) })`';

/** @internal Changes of rows, for applications whose engine of durable messages sends them. */
export const rowsRoom: Room = {
  name: 'rows',
  signals: [RowChanged],
  needs: NEEDS_ROWS,

  async link({ registry, options }) {
    const { durable } = options as { durable?: { readonly rows?: boolean } };
    if (durable?.rows !== true) return undefined;
    const { RowsLink } = await import('./rows-link.js');
    return new RowsLink(registry, () => {
      return registry.backends.has(DURABLE.backend) ? durableJobs(registry).rows : undefined;
    });
  },
};
