import type { ModelChannels } from '../model-channels.js';
import type { TransactionScope } from '../receiver/receiver-scopes.js';
import type { BeforeSql } from './before-sql.js';
import { isRemoval } from './change-sets.js';

/** Tells what a flush has written, entity by entity, each to all its receivers; then what it did to collections. */
export async function tellWritten(
  flush: BeforeSql,
  { postSave, postDelete }: ModelChannels,
  scope: TransactionScope,
): Promise<void> {
  for (const changeSet of flush.listed().values()) {
    const { entity, meta } = changeSet;
    if (isRemoval(changeSet)) {
      const payload = flush.removals.get(entity);
      if (payload && postDelete.hears(meta.class)) await postDelete.tell(meta.class, payload, scope);
    } else if (postSave.hears(meta.class) && flush.isSaved(changeSet)) {
      await postSave.tell(meta.class, flush.payloadOf(changeSet), scope);
    }
  }
  await scope.batch.tell(scope);
  await flush.collections.tellAfter(scope);
}
