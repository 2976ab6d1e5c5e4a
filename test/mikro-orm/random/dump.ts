import type { EntityManager } from '@mikro-orm/core';

/** A row as PostgreSQL shows it as JSON. */
export type Row = Readonly<Record<string, unknown>>;

/** Everything that is stored: rows by class and key, those of several tables as one; and the rows of pivot tables. */
export interface Dump {
  readonly rows: ReadonlyMap<string, Row>;
  readonly pivots: ReadonlySet<string>;
}

const PLAIN: Readonly<Record<string, string>> = {
  person: 'Person',
  team: 'Team',
  player: 'Player',
  shelf: 'Shelf',
  tag: 'Tag',
  article: 'Article',
  box: 'Box',
  thing: 'Thing',
};
/** From the root to the leaf: the last table that has the key says which class it is of. */
const PER_TYPE: Readonly<Record<string, string>> = {
  vehicle: 'Vehicle',
  car: 'Car',
  sports_car: 'SportsCar',
  truck: 'Truck',
};
/** The columns of the owner and of what it holds. */
export const PIVOTS: Readonly<Record<string, readonly [owner: string, item: string]>> = {
  article_tags: ['article_id', 'tag_id'],
  article_related: ['article_1_id', 'article_2_id'],
  // With table-per-type each class has one of its own.
  vehicle_drivers: ['vehicle_id', 'player_id'],
  car_drivers: ['vehicle_id', 'player_id'],
  sports_car_drivers: ['vehicle_id', 'player_id'],
  truck_drivers: ['vehicle_id', 'player_id'],
};
const TABLES = [...Object.keys(PLAIN), ...Object.keys(PER_TYPE), 'animal', ...Object.keys(PIVOTS)];

const SELECT = TABLES.map(table => `select '${table}' as name, to_jsonb(t) as data from "${table}" t`).join(
  ' union all ',
);

export const EMPTY = [...Object.keys(PIVOTS), 'thing', 'box', 'article', 'tag', 'shelf', 'animal']
  .concat('truck', 'sports_car', 'car', 'vehicle')
  .map(table => `delete from "${table}";`)
  .concat('update team set captain_id = null; delete from player; delete from team;')
  .concat('update person set friend_id = null; delete from person;')
  .join(' ');

/** Reads the whole database, in the transaction of `em` where it has one. */
export async function dumpOf(em: EntityManager): Promise<Dump> {
  const found = await em
    .getConnection()
    .execute<{ name: string; data: Row }[]>(SELECT, [], 'all', em.getTransactionContext());
  const rows = new Map<string, Row>();
  const perType = new Map<unknown, [string, Row]>();
  const pivots = new Set<string>();
  for (const { name, data } of found) {
    if (name in PIVOTS)
      pivots.add(
        [name.replace(/^.*_drivers$/, 'vehicle_drivers'), ...PIVOTS[name]!.map(column => data[column])].join(' '),
      );
    else if (name in PER_TYPE) perType.set(data.id, [PER_TYPE[name]!, { ...perType.get(data.id)?.[1], ...data }]);
    else rows.set(keyOf(name === 'animal' ? (data.kind === 'cat' ? 'Cat' : 'Dog') : PLAIN[name]!, data), data);
  }
  for (const [className, data] of perType.values()) rows.set(keyOf(className, data), data);
  return { rows, pivots };
}

function keyOf(className: string, data: Row): string {
  return className === 'Shelf'
    ? `Shelf ${data.room as string}/${data.place as number}`
    : `${className} ${data.id as number}`;
}
