import { isDeepStrictEqual } from 'node:util';
import type { EntityDictionary, EntityMetadata, MikroORM } from '@mikro-orm/core';
import { type NotedRow, type ReadRow, ROW_LEAF, type StoredRows } from '../../core/index.js';
import type { Relations } from '../collections/relations.js';
import { rowOf } from '../flush/stored-values.js';
import { keyOf, mapValues, ownerOf, type Values } from '../properties.js';
import { type Columns, columnsOf } from './row-columns.js';

/** Reads the rows of an application's entities, and of their pivot tables. */
export class OrmRows implements StoredRows {
  constructor(
    private readonly orms: ReadonlySet<MikroORM>,
    private readonly relations: Relations,
  ) {}

  senderKey(sender: unknown): unknown {
    return this.relations.senderKey(sender);
  }

  read({ using, schema, table, ...row }: NotedRow): ReadRow | undefined {
    const orm = [...this.orms].find(({ em }) => em.name === using);
    const root = orm && metaOfTable(orm, schema, table);
    if (!root) return undefined;
    const before = row.old === undefined ? undefined : columnsOf(row.old, root);
    const after = row.new === undefined ? undefined : columnsOf(row.new, root);
    const columns = after ?? before ?? {};
    const meta = leafOf(root, columns, orm);
    const old = before && this.valuesOf(before, meta, orm);
    const now = after && this.valuesOf(after, meta, orm);
    const key = keyOf(meta.getPrimaryProps().flatMap(({ name }) => (now ?? old ?? {})[name]));
    const changes = changesOf(changed(before ?? {}, after ?? {}, meta), old, now);
    return { sender: this.senderOf(withLeaf(meta, columns), orm), key, old, new: now, changes };
  }

  private valuesOf(columns: Columns, meta: EntityMetadata, orm: MikroORM): Values {
    checkKey(columns, meta);
    const { [ROW_LEAF]: _leaf, ...row } = columns;
    const snapshot: object = orm.em.getDriver().mapResult(row as EntityDictionary<object>, meta) ?? {};
    return mapValues(rowOf(meta, snapshot as Values, orm.em.getPlatform()), withoutMethods);
  }

  private senderOf(meta: EntityMetadata, orm: MikroORM): object {
    if (!meta.pivotTable) return meta.class;
    for (const { class: entity, properties } of orm.getMetadata().getAll().values()) {
      const prop = Object.values(properties).find(
        ({ kind, owner, pivotEntity }) => kind === 'm:n' && owner && pivotEntity === meta.class,
      );
      const through = prop && this.relations.throughOf(entity, prop.name);
      if (through) return through;
    }
    return meta.class;
  }
}

/** A column may have been renamed since the change was noted. */
function checkKey(columns: Columns, meta: EntityMetadata): void {
  const names = meta.getPrimaryProps().flatMap(({ fieldNames }) => fieldNames);
  const missing = names.find(name => !(name in columns));
  if (missing !== undefined) throw new Error(`it has no column '${missing}', which the key of ${meta.className} needs`);
}

/** An interval of MikroORM is an instance of a class, which no message stores; it may be in an embeddable, or in a list. */
function withoutMethods(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMethods);
  if (typeof value !== 'object' || value === null) return value;
  if ('toPostgres' in value) return { ...value };
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return mapValues(value as Values, withoutMethods);
}

function metaOfTable({ em }: MikroORM, schema: string, table: string): EntityMetadata | undefined {
  const usual = em.config.get('schema') ?? em.getPlatform().getDefaultSchemaName();
  const named = [...em.getMetadata().getAll().values()].filter(
    meta => meta.tableName === table && !(isPart(meta) && meta.root !== meta),
  );
  // An entity of this schema has its table there, whatever tenants have.
  return (
    named.find(meta => meta.schema !== '*' && (meta.schema ?? usual) === schema) ??
    named.find(meta => meta.schema === '*')
  );
}

/** Whether an entity shares its table with others. */
function isPart({ root }: EntityMetadata): boolean {
  return root.inheritanceType === 'sti';
}

/** The entity that a row is of. */
function leafOf(root: EntityMetadata, columns: Columns, { em }: MikroORM): EntityMetadata {
  const { discriminatorColumn, discriminatorMap, properties } = root;
  if (!isPart(root) || discriminatorColumn === undefined) return root;
  const [column = discriminatorColumn] = properties[discriminatorColumn]?.fieldNames ?? [];
  const leaf = discriminatorMap?.[String(columns[column])];
  return leaf ? em.getMetadata().get(leaf) : root;
}

/** The entity that a part of a row is of, where each entity has a table: the trigger has noted it. */
function withLeaf(meta: EntityMetadata, { [ROW_LEAF]: leaf }: Columns): EntityMetadata {
  return meta.allTPTDescendants?.find(({ tableName }) => tableName === leaf) ?? meta;
}

/** The names of the properties of which a column has changed. */
function changed(before: Columns, after: Columns, meta: EntityMetadata): string[] {
  const names = Object.values(meta.properties).flatMap(prop => {
    const hasChanged = prop.fieldNames?.some(column => !isDeepStrictEqual(before[column], after[column]));
    const owner = hasChanged ? ownerOf(meta, prop.name) : undefined;
    return owner ? [owner.name] : [];
  });
  return [...new Set(names)];
}

function changesOf(names: readonly string[], old: Values | undefined, now: Values | undefined): ReadRow['changes'] {
  if (!now) return {};
  const entries = names
    .filter(name => name in now || (old && name in old))
    .map(name => [name, old ? { from: old[name], to: now[name] } : { to: now[name] }] as const);
  return Object.fromEntries(entries);
}
