import type { EntityMetadata, MikroORM } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';

/** Sends `ConnectionCreated` for every connection that a MikroORM opens, after the application's own callback. */
export function watchConnections(orm: MikroORM, connectionCreated: ModelChannel, scope: () => Scope): void {
  const own = orm.config.get('onCreateConnection');
  orm.config.set('onCreateConnection', async (connection: unknown) => {
    await own?.(connection);
    // Kysely 0.29 would never give a connection back whose callback failed.
    await connectionCreated.sendRobust(orm, { using: orm.em.name, connection }, scope());
  });
}

/** Sends `EntityPrepared` for every entity class of a MikroORM. */
export async function sendPrepared(orm: MikroORM, entityPrepared: ModelChannel, scope: Scope): Promise<void> {
  for (const meta of orm.getMetadata().getAll().values()) {
    if (isEntity(meta)) await entityPrepared.sendRobust(meta.class, { meta, using: orm.em.name }, scope);
  }
}

/** Returns whether it has a class in the sources: the pivot table of a many-to-many relation may have none (MikroORM 7.2.1). */
function isEntity(meta: EntityMetadata): boolean {
  return !meta.abstract && !meta.embeddable && !(meta.pivotTable && !Object.hasOwn(meta, 'path'));
}
