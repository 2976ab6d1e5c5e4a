import type { Row } from './compare.ts';

/** A row of a table: the measured work, and its number of receivers. */
export interface Case extends Row {
  readonly what: string;
  readonly receivers: number;
}

const isJson = process.argv.includes('--json');

/** Prints tables, or with `--json` one object. */
export function report(bench: string, cases: readonly Case[]): void {
  reportTables(cases);
  reportJson(bench, cases);
}

/** Prints one object with all cases, if it was asked for. */
export function reportJson(bench: string, cases: readonly Case[]): void {
  if (!isJson) return;
  const rows = cases.map(({ what, name, receivers, ns, ratio }) => ({
    name: `${what}: ${name}`,
    receivers,
    ns,
    ratio,
  }));
  console.log(JSON.stringify({ bench, cases: rows }));
}

/** Prints tables, unless one object was asked for. */
export function reportTables(cases: readonly Case[]): void {
  if (isJson) return;
  for (const what of new Set(cases.map(it => it.what))) {
    console.log(`\n${what}`);
    for (const { name, ns, ratio } of cases.filter(it => it.what === what)) {
      console.log(`  ${name.padEnd(46)} ${number(ns).padStart(12)} ${ratio.toFixed(2).padStart(8)}`);
    }
  }
}

function number(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}
