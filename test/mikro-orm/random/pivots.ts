import { type Dump, PIVOTS } from './dump.js';
import type { RecordedChange } from './recorder.js';

/** Rows of pivot tables that go with a row are not sent. */
export function mistakesInPivots(before: Dump, after: Dump, recorded: readonly RecordedChange[]): string[] {
  const stays = (pair: string) => !ends(pair).some(key => before.rows.has(key) && !after.rows.has(key));
  const added = [...after.pivots].filter(pair => !before.pivots.has(pair));
  const removed = [...before.pivots].filter(pair => !after.pivots.has(pair)).filter(stays);
  const sentAdded = recorded.flatMap(change => (change.action === 'post_add' ? change.pairs : []));
  const sentRemoved = recorded.flatMap(change => (change.action === 'post_remove' ? change.pairs : []));
  const cleared = recorded
    .filter(({ action }) => action === 'post_clear')
    .flatMap(({ of }) => [...before.pivots].filter(of));
  const inexact = new Set(recorded.flatMap(({ exact, pairs }) => (exact ? [] : pairs)));
  const counted = [...sentAdded, ...sentRemoved];
  const mayStand = (pair: string) => before.pivots.has(pair) && (inexact.has(pair) || cleared.includes(pair));
  return [
    ...added.filter(pair => !sentAdded.includes(pair)).map(pair => `${pair} is added and not sent`),
    ...removed
      .filter(pair => !sentRemoved.includes(pair) && !cleared.includes(pair))
      .map(pair => `${pair} is removed and not sent`),
    ...sentAdded
      .filter(pair => !added.includes(pair) && !mayStand(pair))
      .map(pair => `${pair} is sent as added and is not`),
    ...sentRemoved
      .filter(pair => stays(pair) && !removed.includes(pair))
      .map(pair => `${pair} is sent as removed and is not`),
    ...counted.filter((pair, at) => counted.indexOf(pair) !== at).map(pair => `${pair} is sent twice`),
    ...recorded
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
