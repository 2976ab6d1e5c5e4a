import type { Changes } from 'nestjs-signals';
import type { Row } from './dump.js';
import type { HeardRow } from './hearing.js';
import { columnsOf, isSame } from './properties.js';

/** What the database does by itself. */
const GENERATED = ['loud', 'kind'];
export const FILLED_IN = ['id', 'version', ...GENERATED];

export function wrongInsert({ key, changes }: HeardRow, now: Row): string[] {
  const mistakes = Object.entries(changes!).flatMap(([name, change]) =>
    'from' in change!
      ? [`${key}.${name} is new and has a \`from\``]
      : wrongColumns(`${key}.${name}`, columnsOf(name, change!.to), now),
  );
  const told = columnsIn(changes!, 'to');
  const missing = Object.entries(now).filter(
    ([name, value]) => value !== null && !FILLED_IN.includes(name) && !(name in told),
  );
  return [...mistakes, ...missing.map(([name]) => `${key}.${name} is set and not told`)];
}

export function wrongUpdate(key: string, heard: HeardRow | undefined, old: Row, now: Row): string[] {
  const changed = Object.keys(now).filter(name => !GENERATED.includes(name) && !isSame(old[name], now[name]));
  if (!heard) return changed.length > 0 ? [`${key} is changed in ${changed.join()} and not told`] : [];
  const told = columnsIn(heard.changes!, 'to');
  return [
    ...changed.filter(name => !(name in told)).map(name => `${key}.${name} is changed and not told`),
    ...Object.entries(heard.changes!).flatMap(([name, change]) => {
      const at = `${key}.${name}`;
      const to = wrongColumns(at, columnsOf(name, change!.to), now);
      if (!('from' in change!)) return heard.isPartial ? to : [...to, `${at} has no \`from\``];
      if (isSame(change.from, change.to)) to.push(`${at} is told and not changed`);
      return [...to, ...wrongColumns(`${at} before`, columnsOf(name, change.from), old)];
    }),
    ...(changed.length === 0 && !heard.isPartial ? [`${key} is told and not changed`] : []),
  ];
}

export function wrongOriginal({ key, original, isPartial }: HeardRow, old: Row): string[] {
  const entries = Object.entries(original!);
  const told = Object.assign({}, ...entries.map(([name, value]) => columnsOf(name, value))) as Row;
  const isMissing = ([name, value]: [string, unknown]) =>
    value !== null && !GENERATED.includes(name) && !(name in told);
  const missing = isPartial ? [] : Object.entries(old).filter(isMissing);
  return [
    ...entries.flatMap(([name, value]) => wrongColumns(`${key}.${name} before`, columnsOf(name, value), old)),
    ...missing.map(([name]) => `${key}.${name} is missing in what it was`),
  ];
}

function wrongColumns(at: string, told: Row, stored: Row): string[] {
  return Object.entries(told)
    .filter(([name, value]) => !isSame(value, stored[name]))
    .map(([name, value]) => `${at} is told as ${shown(value)} and is ${shown(stored[name])}`);
}

function columnsIn(changes: Changes, side: 'to'): Row {
  return Object.assign({}, ...Object.entries(changes).map(([name, change]) => columnsOf(name, change![side]))) as Row;
}

function shown(value: unknown): string {
  return (
    JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? 'undefined'
  );
}
