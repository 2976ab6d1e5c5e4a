import { llmsText, pagesOfManual, wholeManual } from '../../docs/.vitepress/whole/whole.js';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileAt, REPOSITORY } from './repository.js';
import { anchorsOf, linksOf } from './rules/documents.js';

describe('The manual in one file', () => {
  const whole = { path: 'llms-full.md', text: wholeManual() };

  it('has every page, each once', () => {
    const titles = whole.text.split('\n').filter(line => line.startsWith('# '));
    expect(titles.length).toBeGreaterThan(pagesOfManual().length);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('has no pictures, which are not in the package', () => {
    expect(fileAt('docs/see-everything.md').text).toContain('](images/');
    expect(whole.text).not.toContain('](images/');
  });

  it('has links that lead to its own headings, or to a file of the package', () => {
    const anchors = new Set(anchorsOf(whole).map(anchor => `#${anchor}`));
    const outside = (link: string) => /^https?:/.test(link) && !link.includes('.md');
    expect(linksOf(whole).filter(link => !anchors.has(link) && !outside(link))).toEqual([
      'https://unpkg.com/nestjs-signals/docs/README.md',
      'https://unpkg.com/nestjs-signals/CHANGELOG.md',
    ]);
  });
});

describe('llms.txt', () => {
  it('names each page with its address in the package', () => {
    const prefix = 'https://unpkg.com/nestjs-signals/';
    const paths = linksOf({ path: 'llms.txt', text: llmsText() }).map(link => link.replace(prefix, ''));
    expect(paths.filter(path => !path.includes('#'))).toEqual(pagesOfManual());
    expect(paths.filter(path => !existsSync(join(REPOSITORY, path.split('#')[0]!)))).toEqual([]);
  });
});
