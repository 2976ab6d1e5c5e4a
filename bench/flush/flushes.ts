import { Item, type Shop } from './shop.ts';

export type Operation = 'inserts' | 'updates';

/** The nanoseconds that `times` flushes of `count` rows take together; their preparation is not measured. */
export async function timeOf(shop: Shop, operation: Operation, count: number, times: number): Promise<number> {
  let ns = 0n;
  for (let time = 0; time < times; time++) {
    const em = shop.orm.em.fork();
    const items = Array.from({ length: count }, (_, at) =>
      em.create(Item, { name: `item ${at}`, sku: `sku-${at}`, price: at, stock: 1 }),
    );
    if (operation === 'updates') {
      await em.flush();
      for (const item of items) item.stock++;
    }
    const start = process.hrtime.bigint();
    await em.flush();
    ns += process.hrtime.bigint() - start;
    await em.nativeDelete(Item, {});
  }
  return Number(ns);
}
