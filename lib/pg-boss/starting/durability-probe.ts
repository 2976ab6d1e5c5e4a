import { randomInt, randomUUID } from 'node:crypto';
import type { PgBoss } from 'pg-boss';
import { type KnownEntityManager, SignalError, within } from '../../core/index.js';
import { sqlOf } from '../../durable/index.js';

/** How long a notification may take to arrive. */
const PATIENCE_MS = 5000;

/**
 * Looks whether jobs are kept where the data is: a lock that MikroORM holds is seen by pg-boss in the same database
 * only.
 *
 * @throws {SignalError} `DELIVERY_NOT_AVAILABLE`
 */
export async function probeDatabase(boss: PgBoss, em: KnownEntityManager): Promise<void> {
  const lock = randomInt(2 ** 40);
  const fork = em.fork({ useContext: false });
  await fork.begin();
  try {
    await sqlOf(fork).execute('select pg_advisory_xact_lock(?)', [lock], 'all', fork.getTransactionContext());
    const { rows } = await boss.getDb().executeSql(`select pg_try_advisory_xact_lock(${lock}) as free`);
    if ((rows[0] as { free: boolean }).free) throw notReal('pg-boss has reached another database than MikroORM');
  } finally {
    // If the connection is lost, the first error says why.
    await fork.rollback().catch(() => {});
  }
}

/** Checks whether workers would refuse each other's transactions. @returns the warning, if so. */
export async function probeIsolation(boss: PgBoss): Promise<SignalError | undefined> {
  const { rows } = await boss.getDb().executeSql(`select current_setting('default_transaction_isolation') as level`);
  const { level } = rows[0] as { level: string };
  if (level.startsWith('read ')) return undefined;
  return new SignalError('ISOLATION_TOO_STRICT', {
    what: `Transactions are ${level} by default, so that PostgreSQL refuses some of the workers that take messages at the same time: they are delivered late.`,
    at: 'the start of a worker',
    fix: `ALTER ROLE <that of the workers> SET default_transaction_isolation = 'read committed'.`,
  });
}

/**
 * Looks whether notifications arrive; where they do not, messages would be delivered seconds late.
 *
 * @throws {SignalError} `DELIVERY_NOT_AVAILABLE`
 */
export async function probeNotifications(boss: PgBoss, em: KnownEntityManager): Promise<void> {
  const channel = `signals_${randomUUID().replaceAll('-', '')}`;
  const { promise: arrived, resolve } = Promise.withResolvers<unknown>();
  const listening = await boss.getDb().listen?.(channel, resolve, () => {});
  try {
    await sqlOf(em).execute('select pg_notify(?, ?)', [channel, '']);
    if (!listening || !(await within(PATIENCE_MS, arrived))) throw notReal('notifications of PostgreSQL do not arrive');
  } finally {
    await listening?.close();
  }
}

function notReal(why: string): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `Durable deliveries cannot be relied on: ${why}.`,
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
    fix: 'connect to the PostgreSQL server itself, or through a pooler that keeps sessions; through PgBouncer in transaction mode, listen past it: pgBoss({ listenUrl }), or only send: pgBoss({ work: false }).',
  });
}
