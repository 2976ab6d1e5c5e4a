import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/core';
import { runSql } from '../sql.js';

/** The connection that a transaction has to itself; only one to a server can be ended from outside (Kysely 0.29). */
interface Session {
  collectSessionInfo?(): Promise<void>;
  killSession?(asker: unknown): Promise<void>;
}

/** A transaction of Kysely. */
interface Trx {
  readonly isCommitted?: boolean;
  readonly isRolledBack?: boolean;
  getExecutor(): { provideConnection<T>(use: (session: Session) => Promise<T>): Promise<T> };
  rollback(): { execute(): Promise<void> };
}

/**
 * The transactions that one call has open, to be ended when its caller has stopped waiting.
 *
 * It ends their sessions, not the transactions: a savepoint does not notice a ROLLBACK (Kysely 0.29), and would go on
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
      if (!trx.isCommitted && !trx.isRolledBack) void endDatabaseSession(em, trx, session);
    }
    this.open.clear();
  }
}

/** Returns the session of a transaction that has just begun; from now on it knows its own name on the server. */
function sessionOf(trx: Trx): Promise<Session> {
  return trx.getExecutor().provideConnection(async session => {
    await session.collectSessionInfo?.();
    return session;
  });
}

/** How long a session may take to end itself; after that, a statement is in its way. */
const SELF_MS = 200;

/** A transaction that PostgreSQL has given up takes nothing else before its ROLLBACK. */
const END_ITSELF = 'rollback; select pg_terminate_backend(pg_backend_pid())';

/** Ends the session of a transaction, during any statement, so that nothing of it is committed. Never rejects. */
async function endDatabaseSession(em: EntityManager, trx: Trx, session: Session): Promise<void> {
  try {
    // In a database inside the process nothing runs for long, and there is no other session.
    if (!session.killSession) return await trx.rollback().execute();
    const isInTheWay = await Promise.race([runSql(em, END_ITSELF, [], trx), pause(SELF_MS, 'late')]);
    if (isInTheWay === 'late') await session.killSession(() => Promise.resolve());
  } catch {
    // The end of the session is an error for its own statement.
  }
}
