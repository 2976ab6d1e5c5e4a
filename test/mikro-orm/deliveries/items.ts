import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Signal } from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';

export const ItemSchema = defineEntity({
  name: 'Item',
  properties: { id: p.integer().primary(), name: p.string() },
});
export class Item extends ItemSchema.class {}
ItemSchema.setClass(Item);

/** A signal of the application's own. */
export class Placed extends Signal<{ name: string; lines?: string[] }> {}

/** An application with one MikroORM and these receivers. */
export function startItems(metadata: Partial<Parameters<typeof startOrmApp>[0]> = {}): ReturnType<typeof startOrmApp> {
  return startOrmApp({ entities: [ItemSchema], ...metadata, providers: [Placed, ...(metadata.providers ?? [])] });
}

/** Returns the names of the items that a second connection can read, in the order of their ids. */
export async function stored(t: { fork(): EntityManager }): Promise<string[]> {
  return (await t.fork().findAll(Item, { orderBy: { id: 1 } })).map(({ name }) => name);
}
