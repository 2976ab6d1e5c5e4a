import { SHAPES, type Shape, timeOfShape } from './flush/graphs.ts';
import { EQUIPMENT, GRAPH_EQUIPMENT, open, type Database, type Shop } from './flush/shop.ts';
import { timeOf } from './flush/flushes.ts';
import type { Row } from './compare.ts';
import { type Case, reportJson, reportTables } from './report.ts';
import { startEmbeddedPostgres } from '../sample/shop/database/embedded-postgres.ts';

/** The number of rows of a flush, of flushes of a sample, and of samples. */
const SIZES = [
  { rows: 1, flushes: 50, rounds: 31 },
  { rows: 100, flushes: 15, rounds: 61 },
  { rows: 10_000, flushes: 1, rounds: 21 },
];

/** These numbers for rows that refer to each other. */
const GRAPH_SIZES = [
  { rows: 100, flushes: 5, rounds: 31 },
  { rows: 1_000, flushes: 1, rounds: 15 },
  { rows: 10_000, flushes: 1, rounds: 9 },
];

/**
 * No more rounds of a case are begun after this time: the bare flush of a chain of 10,000 rows takes seconds. A shape
 * that is asked for has all its rounds, in an hour at most.
 */
const LONGEST_MS = Object.keys(SHAPES).some(shape => process.argv.includes(shape)) ? 3_600_000 : 40_000;

/**
 * `npm run bench -- flush SQLite 100` measures only that, `-- flush graphs` rows that refer to each other, and
 * `-- flush graphs SQLite 10000 "a chain"` one shape of them.
 */
function asked<T>(values: readonly T[], nameOf: (value: T) => string): readonly T[] {
  const named = values.filter(value => process.argv.includes(nameOf(value)));
  return named.length > 0 ? named : values;
}

const cases: Case[] = [];
const server = await startEmbeddedPostgres();
try {
  for (const database of asked(['SQLite', 'PostgreSQL'] as const, String)) {
    const kinds = asked(['rows', 'graphs'] as const, String);
    if (kinds.includes('rows')) await measure(database);
    if (kinds.includes('graphs')) await measureGraphs(database);
  }
} finally {
  await server.stop();
}
reportJson('flush', cases);

/** A case is printed as soon as it is measured. */
function note(what: string, receivers: number, rows: readonly Row[]): void {
  const measured = rows.map(row => ({ what, receivers, ...row }));
  cases.push(...measured);
  reportTables(measured);
}

async function measure(database: Database): Promise<void> {
  const shops: Shop[] = [];
  for (const [at, equipment] of EQUIPMENT.entries()) shops.push(await open(database, equipment, at, server.url));
  for (const shop of shops) await timeOf(shop, 'updates', 100, 50);
  for (const size of asked(SIZES, ({ rows }) => String(rows))) {
    for (const operation of ['inserts', 'updates'] as const) {
      const what = `${database}: ${size.rows.toLocaleString('en')} ${operation}`;
      const sample = (shop: Shop) => timeOf(shop, operation, size.rows, size.flushes);
      note(what, 3, await compare(shops, sample, size));
    }
  }
  for (const shop of shops) await shop.close();
}

async function measureGraphs(database: Database): Promise<void> {
  const shops: Shop[] = [];
  for (const [at, equipment] of GRAPH_EQUIPMENT.entries()) shops.push(await open(database, equipment, at, server.url));
  for (const size of asked(GRAPH_SIZES, ({ rows }) => String(rows))) {
    for (const shape of asked(Object.keys(SHAPES) as Shape[], String)) {
      const sample = async ({ orm }: Shop) => {
        let ns = 0;
        for (let time = 0; time < size.flushes; time++) ns += await timeOfShape(orm, shape, size.rows);
        return ns;
      };
      const what = `${database}: ${size.rows.toLocaleString('en')} rows, ${shape}`;
      note(what, 1, await compare(shops, sample, size));
    }
  }
  for (const shop of shops) await shop.close();
}

/**
 * Every sample of a shop stands between two samples of the bare one, and only their ratio is kept. Each begins with an
 * empty table: the bare shop is measured most often, so PostgreSQL would skip most deleted rows in its table. No
 * garbage is collected by force: after each such collection the engine compiles a part of MikroORM again.
 */
async function compare(
  shops: readonly Shop[],
  time: (shop: Shop) => Promise<number>,
  { flushes, rounds }: { readonly flushes: number; readonly rounds: number },
) {
  const [bare] = shops as readonly [Shop];
  const sample = async (shop: Shop) => {
    await shop.empty();
    return (await time(shop)) / flushes;
  };
  const samples = shops.map(shop => ({ shop, ns: [] as number[], ratios: [] as number[] }));
  const end = performance.now() + LONGEST_MS;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round++) {
    let before = await sample(bare);
    for (const { shop, ns, ratios } of rotated(samples, round)) {
      const time = await sample(shop);
      const after = await sample(bare);
      ns.push(time);
      ratios.push((2 * time) / (before + after));
      before = after;
    }
  }
  return samples.map(({ shop, ns, ratios }) => {
    const [ratio, upTo] = [quantile(ratios, 0.5), upperBound(ratios)];
    return { name: `${shop.name} (<= ${upTo.toFixed(2)})`, ns: quantile(ns, 0.5), ratio };
  });
}

/** The end of the 95 % interval of the median: the order statistic, without an assumption about the distribution. */
function upperBound(values: readonly number[]): number {
  const rank = 0.5 + 0.98 / Math.sqrt(values.length);
  return quantile(values, Math.min(1, rank));
}

function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!;
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const at = by % values.length;
  return [...values.slice(at), ...values.slice(0, at)];
}
