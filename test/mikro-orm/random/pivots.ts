import { type Dump, PIVOTS } from './dump.js';
import type { HeardChange } from './hearing.js';

/** Rows of pivot tables that go with a row are not told. */
export function mistakesInPivots(before: Dump, after: Dump, heard: readonly HeardChange[]): string[] {
  const stays = (pair: string) => !ends(pair).some(key => before.rows.has(key) && !after.rows.has(key));
  const added = [...after.pivots].filter(pair => !before.pivots.has(pair));
  const removed = [...before.pivots].filter(pair => !after.pivots.has(pair)).filter(stays);
  const toldAdded = heard.flatMap(change => (change.action === 'post_add' ? change.pairs : []));
  const toldRemoved = heard.flatMap(change => (change.action === 'post_remove' ? change.pairs : []));
  const cleared = heard
    .filter(({ action }) => action === 'post_clear')
    .flatMap(({ of }) => [...before.pivots].filter(of));
  const inexact = new Set(heard.flatMap(({ exact, pairs }) => (exact ? [] : pairs)));
  const counted = [...toldAdded, ...toldRemoved];
  const mayStand = (pair: string) => before.pivots.has(pair) && (inexact.has(pair) || cleared.includes(pair));
  return [
    ...added.filter(pair => !toldAdded.includes(pair)).map(pair => `${pair} is added and not told`),
    ...removed
      .filter(pair => !toldRemoved.includes(pair) && !cleared.includes(pair))
      .map(pair => `${pair} is removed and not told`),
    ...toldAdded
      .filter(pair => !added.includes(pair) && !mayStand(pair))
      .map(pair => `${pair} is told as added and is not`),
    ...toldRemoved
      .filter(pair => stays(pair) && !removed.includes(pair))
      .map(pair => `${pair} is told as removed and is not`),
    ...counted.filter((pair, at) => counted.indexOf(pair) !== at).map(pair => `${pair} is told twice`),
    ...heard
      .filter(({ hasPartner }) => !hasPartner)
      .map(({ action, pairs }) => `${action} ${pairs.join()} has no partner`),
  ];
}

const CLASSES: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  article_tags: [['Article'], ['Tag']],
  article_related: [['Article'], ['Article']],
  vehicle_drivers: [['Vehicle', 'Car', 'SportsCar', 'Truck'], ['Player']],
};

function ends(pair: string): string[] {
  const [table, owner, item] = pair.split(' ') as [keyof typeof PIVOTS, string, string];
  const [owners, items] = CLASSES[table]!;
  return [...owners.map(name => `${name} ${owner}`), ...items.map(name => `${name} ${item}`)];
}
