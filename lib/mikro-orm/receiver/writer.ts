import type { EntityManager } from '@mikro-orm/core';

type Driver = ReturnType<EntityManager['getDriver']>;

/**
 * An EntityManager whose forks read where they write, or this one where there is no replica. A replica lags behind what a
 * receiver is called for.
 *
 * MikroORM asks its driver for a connection, and hands the driver on to whatever an EntityManager is made of (7.2.1).
 */
export function readsFromWriter(em: EntityManager): EntityManager {
  if ((em.config.get('replicas')?.length ?? 0) === 0) return em;
  const fork = em.fork({ disableContextResolution: true });
  const driver = em.getDriver();
  const writer = Object.create(driver, { getConnection: { value: () => driver.getConnection('write') } }) as Driver;
  return Object.assign(fork, { driver: writer });
}
