import { fileAt } from '../house/repository.js';
import { rowsOf } from '../house/rules/markdown.js';
import { DIFFERENCES } from './differences.js';
import { MAPPED } from './groups.js';

/** Differences that no trace shows; a test of ours does. */
const WITHOUT_A_TRACE = ['CALLED_ONCE'];

const rows = rowsOf(fileAt('docs/guides/from-django.md').text).map(rowText);

describe('The table of docs/guides/from-django.md', () => {
  it.each(Object.entries(DIFFERENCES))('has the row of %s', (_reason, { django, here, why }) => {
    expect(rows).toContain(rowText([django, here, why]));
  });
});

describe('Every reason to differ from Django', () => {
  it('is that of a scenario, or has a test of its own', () => {
    const entries = Object.values(MAPPED).flatMap(mapping => Object.values(mapping));
    const used = entries.flatMap(({ reason }) => reason ?? []);
    expect([...new Set([...used, ...WITHOUT_A_TRACE])].sort()).toEqual(Object.keys(DIFFERENCES).sort());
  });
});

function rowText(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
