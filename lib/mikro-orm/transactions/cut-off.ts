import type { EntityManager } from '@mikro-orm/core';
import { endSession, type Session, sessionOf } from './server.js';

interface Trx {
  readonly isCommitted?: boolean;
  readonly isRolledBack?: boolean;
}

/**
 * What one call has open in databases, to be ended when nobody waits for the call any more.
 *
 * Its sessions are ended, not its transactions: a savepoint does not hear of a ROLLBACK (Kysely 0.29), and would go on
 * writing, without a transaction.
 */
export class CutOff {
  private readonly open = new Map<Trx, { readonly em: EntityManager; readonly session: Session }>();

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.cut(), { once: true });
  }

  /** Never rejects. */
  async began(em: EntityManager, trx: Trx): Promise<void> {
    const session = await sessionOf(trx).catch(() => undefined);
    if (!session) return;
    this.open.set(trx, { em, session });
    if (this.signal.aborted) this.cut();
  }

  private cut(): void {
    for (const [trx, { em, session }] of this.open) {
      if (!trx.isCommitted && !trx.isRolledBack) void endSession(em, trx, session);
    }
    this.open.clear();
  }
}
