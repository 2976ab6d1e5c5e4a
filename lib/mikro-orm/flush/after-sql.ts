import type { TransactionScope } from '../receiver/receiver-scopes.js';
import { type AnyChangeSet, isRemoval } from './change-sets.js';
import type { RunningFlush } from './running-flush.js';

/** Tells what a flush has written, entity by entity, each to all its receivers; then what it did to collections. */
export async function tellWritten(
  flush: RunningFlush,
  written: readonly AnyChangeSet[],
  scope: TransactionScope,
): Promise<void> {
  for (const changeSet of written) {
    const telling = tell(changeSet, flush, scope);
    if (telling) await telling;
  }
  scope.watched = undefined;
  await scope.batch.tell(scope);
  await flush.collections.tellAfter(scope);
}

/** The same where all of it is kept. What else is under way has its turn after each. */
export async function keepWritten(
  flush: RunningFlush,
  written: readonly AnyChangeSet[],
  scope: TransactionScope,
): Promise<void> {
  for (const changeSet of written) await tell(changeSet, flush, scope);
}

function tell(changeSet: AnyChangeSet, flush: RunningFlush, scope: TransactionScope): Promise<unknown> | undefined {
  const { postSave, postDelete } = flush.channels;
  const { entity, meta } = changeSet;
  if (isRemoval(changeSet)) {
    const payload = flush.removalOf(entity);
    return payload && postDelete.tell(meta.class, payload, scope);
  }
  if (!flush.isSaved(changeSet)) return undefined;
  scope.watched = flush.drift?.watch(changeSet);
  return postSave.tell(meta.class, flush.payloadOf(changeSet), scope);
}
