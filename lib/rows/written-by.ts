import type { EventSubscriber, TransactionEventArgs, UnitOfWork } from '@mikro-orm/core';
import type { SignalRegistry } from '../core/index.js';
import { hasRowSignals } from './row-triggers.js';
import { CONTEXT_VARIABLE } from './trigger-sql.js';
import { query } from './row-change-table.js';

/** Says in each transaction who is at work, so that triggers can note it: once, where there is a context. */
export class WrittenBy implements EventSubscriber {
  constructor(private readonly registry: SignalRegistry) {}

  async afterTransactionStart({ em, transaction, uow }: TransactionEventArgs): Promise<void> {
    if ('savepointName' in (transaction as object)) return;
    const context = this.registry.contexts.current?.context?.();
    if (!context || Object.keys(context).length === 0 || (uow && !mayWriteRows(uow))) return;
    try {
      await query(em, `select set_config('${CONTEXT_VARIABLE}', ?, true)`, [JSON.stringify(context)], transaction);
    } catch (error) {
      // An error here would leak the connection (7.2.1); the transaction itself fails by it.
      this.registry.log.notSent?.('RowChanged', error);
    }
  }
}

/** Whether a transaction may write rows whose changes are sent: that of a flush is known, any other is not. */
function mayWriteRows(uow: UnitOfWork): boolean {
  const [sets, collections] = [uow.getChangeSets(), uow.getCollectionUpdates()];
  return sets.length === 0 || collections.length > 0 || sets.some(({ meta }) => hasRowSignals(meta));
}
