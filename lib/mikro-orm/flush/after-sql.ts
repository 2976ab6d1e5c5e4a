import type { EntityManager } from '@mikro-orm/core';
import { type AnyChangeSet, isEmpty, isRemoval } from './change-sets.js';
import type { ModelChannels } from '../model-channels.js';
import { ChangeSetPayload, type RemovalPayload } from './payloads.js';
import type { TransactionScope } from '../receiver/receiver-scopes.js';

/** Tells what a flush has written, entity by entity, each to all its receivers. */
export async function tellWritten(
  changeSets: Iterable<AnyChangeSet>,
  removals: ReadonlyMap<object, RemovalPayload>,
  em: EntityManager,
  { postSave, postDelete }: ModelChannels,
  scope: TransactionScope,
): Promise<void> {
  for (const changeSet of changeSets) {
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) {
      const payload = removals.get(entity);
      if (payload && postDelete.hears(meta.class)) await postDelete.tell(meta.class, payload, scope);
    } else if (postSave.hears(meta.class) && !isEmpty(changeSet)) {
      await postSave.tell(meta.class, new ChangeSetPayload(changeSet, em), scope);
    }
  }
}
