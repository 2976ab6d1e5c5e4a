import { setTimeout as pause } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/core';
import { isMySql, isPostgres, runSql } from '../sql.js';

/** The end of a transaction whose COMMIT was not answered. */
export type Outcome = 'committed' | 'rolled back' | 'unknown';

/** PostgreSQL's error for every statement in a transaction that it has given up. */
const IN_FAILED_TRANSACTION = '25P02';

/** How long a server may take to finish a statement when the connection was lost. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 50;
/** A pool may give out other connections that were lost at the same time. */
const ATTEMPTS = 3;

/**
 * Returns the name of a transaction on PostgreSQL, to ask for its outcome; undefined if it has written nothing, and on
 * other databases.
 *
 * @throws the driver's error when PostgreSQL has given the transaction up: its COMMIT would be a ROLLBACK, silently; and
 * {@link RolledBack} when MySQL or MariaDB has ended it, to end a deadlock: its COMMIT would do nothing, silently.
 */
export async function xidOf(em: EntityManager, trx: object): Promise<string | undefined> {
  if (isMySql(em)) await checkIsOpen(em, trx);
  if (!isPostgres(em)) return undefined;
  const row = await runSql(em, 'select pg_current_xact_id_if_assigned()::text as xid', [], trx);
  return (row?.xid as string | null | undefined) ?? undefined;
}

/** The error for a transaction that the server has rolled back by itself. */
export class RolledBack extends Error {}

/** MySQL's and MariaDB's error for a setting that can be changed outside of transactions only. */
const IN_A_TRANSACTION = 1568;

/** Tries a statement that is refused inside a transaction, and changes nothing outside: it needs no privilege. */
async function checkIsOpen(em: EntityManager, trx: object): Promise<void> {
  try {
    await runSql(em, 'set transaction read write', [], trx);
  } catch (error) {
    if ((error as { errno?: unknown }).errno === IN_A_TRANSACTION) return;
    throw error;
  }
  throw new RolledBack('The transaction is not open any more: the server has rolled it back.');
}

/** Returns whether the server still answers on the connection of a transaction, so that ROLLBACK reaches it. */
export function answers(em: EntityManager, trx: object): Promise<boolean> {
  return runSql(em, 'select 1', [], trx).then(() => true, hasGivenUp);
}

/** Asks the server, on another connection, for the outcome of a transaction. */
export async function outcomeOf(em: EntityManager, xid: string | undefined): Promise<Outcome> {
  if (xid === undefined) return 'unknown';
  const deadline = performance.now() + PATIENCE_MS;
  let failed = 0;
  while (failed < ATTEMPTS && performance.now() < deadline) {
    const status = await commitStatus(em, xid).catch(() => void failed++);
    if (status === 'committed') return 'committed';
    if (status === 'aborted') return 'rolled back';
    await pause(PAUSE_MS);
  }
  return 'unknown';
}

async function commitStatus(em: EntityManager, xid: string): Promise<unknown> {
  const row = await runSql(em, 'select pg_xact_status(?::xid8) as status', [xid]);
  return row?.status;
}

/** Returns whether the error says that the server has given up or rolled back its transaction. */
export function hasGivenUp(error: unknown): boolean {
  return error instanceof RolledBack || (error as { code?: unknown } | undefined)?.code === IN_FAILED_TRANSACTION;
}
