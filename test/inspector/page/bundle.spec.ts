import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { REPOSITORY } from '../../house/repository.js';

const MOST_BYTES = 150 * 1024;

function file(name: string): Promise<string> {
  return readFile(join(REPOSITORY, 'lib', 'inspector', 'page', name), 'utf8');
}

describe('The bundle of the live page', () => {
  it('has at most 150 KB, compressed', async () => {
    const bytes = gzipSync((await file('page.js')) + (await file('page.css'))).length;

    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  it('has the license of what it contains', async () => {
    expect(await file('page.js')).toContain('Preact, (c) 2015-present Jason Miller, MIT license');
  });

  it('loads nothing from elsewhere, and makes no program of a text', async () => {
    const addresses = ((await file('page.js')) + (await file('page.css'))).match(/\bhttps?:\/\/[\w.]+|\burl\(/g) ?? [];
    expect(addresses.filter(address => address !== 'http://www.w3.org')).toEqual([]);
    expect(await file('page.js')).not.toMatch(/\beval\(|\bnew Function\b|\bimport\(/);
  });
});
