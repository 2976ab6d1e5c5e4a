import type { MikroORM } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';

/** Tells of every connection that the pool of one MikroORM opens; the application's own callback is asked first. */
export function watchConnections(orm: MikroORM, connectionCreated: ModelChannel, scope: () => Scope): void {
  const own = orm.config.get('onCreateConnection');
  orm.config.set('onCreateConnection', async (connection: unknown) => {
    await own?.(connection);
    // Kysely 0.29 would never give a connection back whose callback failed.
    await connectionCreated.tellRobust(orm, { using: orm.em.name, connection }, scope());
  });
}
