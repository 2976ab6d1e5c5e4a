import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/core';
import { isMySql, isPostgres } from '../dialect.js';

/** What is used of connections that speak SQL. */
interface SqlConnection {
  execute(
    sql: string,
    parameters: readonly unknown[],
    method: 'get' | 'run',
    transaction?: object,
  ): Promise<Record<string, unknown> | undefined>;
}

/** What became of a transaction whose COMMIT was not answered. */
export type Outcome = 'committed' | 'rolled back' | 'unknown';

/** PostgreSQL's error for every statement in a transaction that it has given up. */
const IN_FAILED_TRANSACTION = '25P02';

/** How long a server may take to finish what it was doing when the connection was lost. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 50;
/** A pool may give out other connections that were lost at the same time. */
const ATTEMPTS = 3;

/**
 * The name that PostgreSQL knows a transaction by, to ask what became of it; undefined where it has written nothing,
 * and on other databases.
 *
 * @throws the driver's error when PostgreSQL has given the transaction up: its COMMIT would be a ROLLBACK, silently; and
 * {@link RolledBack} when MySQL or MariaDB has ended it, to end a deadlock: its COMMIT would do nothing, silently.
 */
export async function xidOf(em: EntityManager, trx: object): Promise<string | undefined> {
  if (isMySql(em)) await checkIsOpen(em, trx);
  if (!isPostgres(em)) return undefined;
  const row = await connectionOf(em).execute('select pg_current_xact_id_if_assigned()::text as xid', [], 'get', trx);
  return (row?.xid as string | null | undefined) ?? undefined;
}

/** The server has rolled a transaction back by itself. */
export class RolledBack extends Error {}

/** MySQL's and MariaDB's error for what can be set outside of transactions only. */
const IN_A_TRANSACTION = 1568;

/** Tries what is refused inside a transaction, and changes nothing outside: no privilege is needed to ask so. */
async function checkIsOpen(em: EntityManager, trx: object): Promise<void> {
  const answer = connectionOf(em).execute('set transaction read write', [], 'run', trx);
  const isOpen = await answer.then(
    () => false,
    (error: { errno?: unknown }) => {
      if (error.errno === IN_A_TRANSACTION) return true;
      throw error;
    },
  );
  if (!isOpen) throw new RolledBack('The transaction is not open any more: the server has rolled it back.');
}

/** Whether the server still answers on the connection of a transaction, so that it has been told to roll back, or will be. */
export async function answers(em: EntityManager, trx: object): Promise<boolean> {
  try {
    await connectionOf(em).execute('select 1', [], 'get', trx);
    return true;
  } catch (error) {
    return hasGivenUp(error);
  }
}

/** Asks the server, on another connection, what became of a transaction. */
export async function outcomeOf(em: EntityManager, xid: string | undefined): Promise<Outcome> {
  if (xid === undefined) return 'unknown';
  const deadline = performance.now() + PATIENCE_MS;
  let failed = 0;
  while (failed < ATTEMPTS && performance.now() < deadline) {
    const status = await statusOf(em, xid).catch(() => void failed++);
    if (status === 'committed') return 'committed';
    if (status === 'aborted') return 'rolled back';
    await pause(PAUSE_MS);
  }
  return 'unknown';
}

async function statusOf(em: EntityManager, xid: string): Promise<unknown> {
  const row = await connectionOf(em).execute('select pg_xact_status(?::xid8) as status', [xid], 'get');
  return row?.status;
}

/** A connection that a transaction has to itself; only that to a server can be ended from outside. */
export interface Session {
  collectSessionInfo?(): Promise<void>;
  killSession?(asker: unknown): Promise<void>;
}

interface KyselyTransaction {
  getExecutor(): { provideConnection<T>(use: (session: Session) => Promise<T>): Promise<T> };
  rollback(): { execute(): Promise<void> };
}

/** How long a session may take to end itself; longer, and a statement is in its way. */
const SELF_MS = 200;

/** The session of a transaction that has just begun, which knows its own name on the server from now on (Kysely 0.29). */
export function sessionOf(trx: object): Promise<Session> {
  return (trx as KyselyTransaction).getExecutor().provideConnection(async session => {
    await session.collectSessionInfo?.();
    return session;
  });
}

/** A transaction that PostgreSQL has given up takes nothing else before its ROLLBACK. */
const END_ITSELF = 'rollback; select pg_terminate_backend(pg_backend_pid())';

/** Ends the session of a transaction, whatever it is doing, so that nothing of it is committed. Never rejects. */
export async function endSession(em: EntityManager, trx: object, session: Session): Promise<void> {
  try {
    // In a database inside the process nothing runs for long, and there is no other session.
    if (!session.killSession) return await (trx as KyselyTransaction).rollback().execute();
    const itself = connectionOf(em).execute(END_ITSELF, [], 'get', trx);
    const isInTheWay = await Promise.race([itself, pause(SELF_MS, 'late')]);
    if (isInTheWay === 'late') await session.killSession(() => Promise.resolve());
  } catch {
    // Its own end is an error for it.
  }
}

export function hasGivenUp(error: unknown): boolean {
  return error instanceof RolledBack || (error as { code?: unknown } | undefined)?.code === IN_FAILED_TRANSACTION;
}

function connectionOf(em: EntityManager): SqlConnection {
  return em.getConnection('write') as unknown as SqlConnection;
}
