import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p, type SqlEntityManager } from '@mikro-orm/postgresql';
import { Signal } from 'nestjs-signals';
import { startOrmApp } from '../../support/orm.js';

export const NoteSchema = defineEntity({
  name: 'Note',
  schema: '*',
  properties: { id: p.integer().primary(), owner: p.string() },
  filters: { owned: { name: 'owned', cond: args => ({ owner: args.owner as string }), default: false } },
});
export class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

export class Shipped extends Signal<{ of: string; note?: Note }> {}

type Metadata = Partial<Parameters<typeof startOrmApp>[0]>;

/** An application with a schema for each of two tenants, and one of its own. */
export async function startTenants(metadata: Metadata = {}) {
  const t = await startOrmApp({
    entities: [NoteSchema],
    providers: [Shipped],
    ...metadata,
    config: { schema: 'main', ...metadata.config },
  });
  const connection = t.orm.em.getConnection();
  for (const schema of ['main', 'one', 'two']) {
    await connection.execute(`create schema if not exists ${schema}`);
    await connection.execute(`create table if not exists ${schema}.note (id serial primary key, owner text)`);
  }
  t.orm.em.addFilter({ name: 'late', cond: ({ owner }) => ({ owner: owner as string }), entity: Note });
  const owners = async (schema: string) => {
    const rows = (await connection.execute(`select owner from ${schema}.note order by owner`)) as { owner: string }[];
    return rows.map(({ owner }) => owner);
  };
  const empty = async () => {
    for (const schema of ['main', 'one', 'two']) await connection.execute(`truncate ${schema}.note`);
  };
  /** An EntityManager of one tenant, as middleware makes it. */
  const tenant = (name: string): EntityManager => {
    const em = t.orm.em.fork({ schema: name });
    em.setFilterParams('owned', { owner: name });
    em.setFilterParams('late', { owner: name });
    em.setSessionContext({ variables: { 'app.tenant': name } });
    return em;
  };
  return { ...t, owners, empty, tenant };
}

/** Returns what can be seen of the tenant through an EntityManager. */
export async function seen(em: EntityManager): Promise<unknown> {
  const [{ variable } = {}] = await em.transactional(inner =>
    (inner as SqlEntityManager).execute<{ variable?: string }[]>(
      `select current_setting('app.tenant', true) as variable`,
    ),
  );
  const [owned, late] = ['owned', 'late'].map(name => em.getFilterParams(name) as unknown);
  return { schema: em.schema, owned, late, variable };
}

export const expected = (name: string) => ({
  schema: name,
  owned: { owner: name },
  late: { owner: name },
  variable: name,
});
