import type { EntityMetadata, MikroORM } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';

/** Tells of every entity class of one MikroORM. */
export async function tellPrepared(orm: MikroORM, entityPrepared: ModelChannel, scope: Scope): Promise<void> {
  for (const meta of orm.getMetadata().getAll().values()) {
    if (isEntity(meta)) await entityPrepared.tellRobust(meta.class, { meta, using: orm.em.name }, scope);
  }
}

/** The table of a many-to-many relation that nobody wrote a class for was never looked for in the sources (MikroORM 7.2.1). */
function isEntity(meta: EntityMetadata): boolean {
  return !meta.abstract && !meta.embeddable && !(meta.pivotTable && !Object.hasOwn(meta, 'path'));
}
