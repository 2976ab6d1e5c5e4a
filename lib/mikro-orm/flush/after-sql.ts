import type { TransactionScope } from '../receiver/receiver-scopes.js';
import { type AnyChangeSet, isRemoval } from './change-sets.js';
import type { RunningFlush } from './running-flush.js';

/** Tells what a flush has written, entity by entity, each to all its receivers; then what it did to collections. */
export async function tellWritten(flush: RunningFlush, scope: TransactionScope): Promise<void> {
  const { postSave, postDelete } = flush.channels;
  for (const changeSet of flush.changeSets()) {
    const telling = isRemoval(changeSet) ? tellRemoval(changeSet) : tellSave(changeSet);
    if (telling) await telling;
  }
  await scope.batch.tell(scope);
  await flush.collections.tellAfter(scope);

  function tellRemoval({ entity, meta }: AnyChangeSet): Promise<unknown> | undefined {
    const payload = flush.removalOf(entity);
    return payload && postDelete.hears(meta.class) ? postDelete.tell(meta.class, payload, scope) : undefined;
  }

  function tellSave(changeSet: AnyChangeSet): Promise<unknown> | undefined {
    const { class: sender } = changeSet.meta;
    if (!postSave.hears(sender) || !flush.isSaved(changeSet)) return undefined;
    return postSave.tell(sender, flush.payloadOf(changeSet), scope);
  }
}
