import type { Changes } from 'nestjs-signals';
import type { Row } from './dump.js';
import type { RecordedRow } from './recorder.js';
import { columnsOf, isSame } from './properties.js';

/** The columns that no program sets: a generated column and a discriminator. */
const GENERATED = ['loud', 'kind'];
export const FILLED_IN = ['id', 'version', ...GENERATED];

export function wrongInsert({ key, changes }: RecordedRow, now: Row): string[] {
  const mistakes = Object.entries(changes!).flatMap(([name, change]) =>
    'from' in change!
      ? [`${key}.${name} is new and has a \`from\``]
      : wrongColumns(`${key}.${name}`, columnsOf(name, change!.to), now),
  );
  const sent = columnsIn(changes!, 'to');
  const missing = Object.entries(now).filter(
    ([name, value]) => value !== null && !FILLED_IN.includes(name) && !(name in sent),
  );
  return [...mistakes, ...missing.map(([name]) => `${key}.${name} is set and not sent`)];
}

export function wrongUpdate(key: string, recorded: RecordedRow | undefined, old: Row, now: Row): string[] {
  const changed = Object.keys(now).filter(name => !GENERATED.includes(name) && !isSame(old[name], now[name]));
  if (!recorded) return changed.length > 0 ? [`${key} is changed in ${changed.join()} and not sent`] : [];
  const sent = columnsIn(recorded.changes!, 'to');
  return [
    ...changed.filter(name => !(name in sent)).map(name => `${key}.${name} is changed and not sent`),
    ...Object.entries(recorded.changes!).flatMap(([name, change]) => {
      const at = `${key}.${name}`;
      const to = wrongColumns(at, columnsOf(name, change!.to), now);
      if (!('from' in change!)) return recorded.isPartial ? to : [...to, `${at} has no \`from\``];
      if (isSame(change.from, change.to)) to.push(`${at} is sent and not changed`);
      return [...to, ...wrongColumns(`${at} before`, columnsOf(name, change.from), old)];
    }),
    ...(changed.length === 0 && !recorded.isPartial ? [`${key} is sent and not changed`] : []),
  ];
}

export function wrongOriginal({ key, original, isPartial }: RecordedRow, old: Row): string[] {
  const entries = Object.entries(original!);
  const sent = Object.assign({}, ...entries.map(([name, value]) => columnsOf(name, value))) as Row;
  const isMissing = ([name, value]: [string, unknown]) =>
    value !== null && !GENERATED.includes(name) && !(name in sent);
  const missing = isPartial ? [] : Object.entries(old).filter(isMissing);
  return [
    ...entries.flatMap(([name, value]) => wrongColumns(`${key}.${name} before`, columnsOf(name, value), old)),
    ...missing.map(([name]) => `${key}.${name} is missing in what it was`),
  ];
}

function wrongColumns(at: string, sent: Row, stored: Row): string[] {
  return Object.entries(sent)
    .filter(([name, value]) => !isSame(value, stored[name]))
    .map(([name, value]) => `${at} is sent as ${shown(value)} and is ${shown(stored[name])}`);
}

function columnsIn(changes: Changes, side: 'to'): Row {
  return Object.assign({}, ...Object.entries(changes).map(([name, change]) => columnsOf(name, change![side]))) as Row;
}

function shown(value: unknown): string {
  return (
    JSON.stringify(value, (_name, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ?? 'undefined'
  );
}
