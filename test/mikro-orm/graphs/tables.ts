import type { MikroORM } from '@mikro-orm/core';

/** A row by column. References are shown by the labels of what they refer to, which do not depend on keys. */
export type Row = Readonly<Record<string, unknown>>;

/** Everything that is stored: rows by label, and those of pivot tables. */
export interface Tables {
  readonly rows: ReadonlyMap<string, Row>;
  readonly pairs: readonly string[];
}

const REFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  leaf: {},
  node: { next_id: 'node', parent_id: 'node', leaf_id: 'leaf' },
  tag: {},
  keyed: { leaf_id: 'leaf', node_id: 'node', up_id: 'keyed' },
  left: { right_id: 'right' },
  right: { keyed_id: 'keyed' },
  lid: {},
  box: { lid_id: 'lid' },
  thing: { box_id: 'box', node_id: 'node' },
};

interface Stored {
  readonly [column: string]: unknown;
  readonly id: unknown;
  readonly label: string;
}

export async function tablesOf(orm: MikroORM): Promise<Tables> {
  const select = (table: string) => orm.em.getConnection().execute<Stored[]>(`select * from "${table}"`);
  const stored = new Map<string, Stored[]>();
  for (const table of Object.keys(REFERENCES)) stored.set(table, await select(table));
  const labels = new Map(
    [...stored].flatMap(([table, rows]) => rows.map(({ id, label }) => [`${table} ${id as string}`, label])),
  );
  const shown = ([column, value]: [string, unknown], table: string) => {
    const target = REFERENCES[table]![column];
    return [column, target && value !== null ? labels.get(`${target} ${value as string}`) : value] as const;
  };
  const rows = new Map<string, Row>();
  for (const [table, all] of stored) {
    for (const { id: _id, ...row } of all)
      rows.set(row.label, Object.fromEntries(Object.entries(row).map(it => shown(it, table))));
  }
  const pivot: Record<string, unknown>[] = await orm.em.getConnection().execute('select * from node_tags');
  const pairs = pivot.map(
    ({ node_id, tag_id }) => `${labels.get(`node ${node_id as string}`)} ${labels.get(`tag ${tag_id as string}`)}`,
  );
  return { rows: new Map([...rows].sort(([a], [b]) => a.localeCompare(b))), pairs: pairs.sort() };
}

export async function empty(orm: MikroORM): Promise<void> {
  const { em } = orm;
  const clear = ['update node set next_id = null, parent_id = null', 'update keyed set up_id = null'];
  const tables = ['node_tags', 'thing', 'box', 'lid', 'left', 'right', 'keyed', 'node', 'tag', 'leaf'];
  for (const statement of [...clear, ...tables.map(table => `delete from "${table}"`)])
    await em.getConnection().execute(statement);
}
