import type { ModelChannels } from '../model-channels.js';
import type { TransactionScope } from '../receiver/receiver-scopes.js';
import type { BeforeSql } from './before-sql.js';
import { type AnyChangeSet, isRemoval } from './change-sets.js';

/** Tells what a flush has written, entity by entity, each to all its receivers; then what it did to collections. */
export async function tellWritten(
  flush: BeforeSql,
  { postSave, postDelete }: ModelChannels,
  scope: TransactionScope,
): Promise<void> {
  for (const changeSet of flush.listed().values()) {
    const telling = isRemoval(changeSet) ? tellRemoval(changeSet) : tellSave(changeSet);
    if (telling) await telling;
  }
  await scope.batch.tell(scope);
  await flush.collections.tellAfter(scope);

  function tellRemoval({ entity, meta }: AnyChangeSet): Promise<unknown> | undefined {
    const payload = flush.removals.get(entity);
    return payload && postDelete.hears(meta.class) ? postDelete.tell(meta.class, payload, scope) : undefined;
  }

  function tellSave(changeSet: AnyChangeSet): Promise<unknown> | undefined {
    const { class: sender } = changeSet.meta;
    if (!postSave.hears(sender) || !flush.isSaved(changeSet)) return undefined;
    return postSave.tell(sender, flush.payloadOf(changeSet), scope);
  }
}
