import type { EntityManager } from '@mikro-orm/core';
import { afterCommit, afterRollback, beforeCommit, type Delivery, inline } from 'nestjs-signals';
import { testDelivery, LineWritten } from '../../support/delivery-contract.js';
import { startItems } from './items.js';

let t: Awaited<ReturnType<typeof startItems>>;
beforeAll(async () => {
  t = await startItems({ providers: [LineWritten] });
  // Of receivers that take too long.
  t.app.useLogger(false);
});
afterAll(() => t[Symbol.asyncDispose]());

async function commit(work: (em: EntityManager) => Promise<unknown>): Promise<void> {
  await t.fork().transactional(work);
}

async function rollBack(work: (em: EntityManager) => Promise<unknown>): Promise<void> {
  const em = t.fork();
  await em.begin();
  await work(em);
  await em.rollback();
}

const DELIVERIES: readonly (readonly [Delivery, typeof commit])[] = [
  [inline, commit],
  [beforeCommit, commit],
  [afterCommit, commit],
  [afterRollback, rollBack],
];

for (const [delivery, carryOut] of DELIVERIES) {
  testDelivery(delivery.name, () => ({ delivery, carryOut, get: token => t.app.get(token) }));
}
