import type { EntityMetadata } from '@mikro-orm/core';
import type { KnownEntityManager } from '../core/index.js';
import { query } from './row-change-table.js';
import type { RowTrigger } from './trigger-sql.js';

/** A table of the same name without the columns that are sent is none of the entity. */
const FIND = `select n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relname = ? and c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema$)'
    and not exists (select from json_array_elements_text(?::json) sent (name)
      where not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = sent.name and not a.attisdropped))`;

/**
 * Returns the schemas that have the table of an entity of the schema `*`: those of its tenants. Left out are schemas that MikroORM's
 * schema tools ignore, and those of other entities whose tables have the name.
 *
 * @param signalled - the schemas where a table of this name has triggers of ours: that is no other program's.
 */
export async function tenantsOf(
  { table, columns }: RowTrigger,
  signalled: readonly string[],
  root: KnownEntityManager,
): Promise<string[]> {
  const found = await query<{ schema: string }>(root, FIND, [table.name, JSON.stringify(columns.sent)]);
  const { ignoreSchema = [] } = root.config.get('schemaGenerator');
  const usual = root.config.get('schema') ?? root.getPlatform().getDefaultSchemaName();
  const metas = [...root.getMetadata().getAll().values()] as EntityMetadata[];
  const others = metas.filter(({ tableName }) => tableName === table.name).map(({ schema }) => schema ?? usual);
  const tenants = found.map(({ schema }) => schema).filter(schema => !ignoreSchema.includes(schema));
  return [...new Set([...tenants, ...signalled])].filter(schema => !others.includes(schema));
}
