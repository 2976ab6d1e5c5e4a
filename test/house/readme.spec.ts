import { Signal } from '../../lib/index.js';
import * as door from '../../lib/index.js';
import { fileAt, filesAtTheTop, filesIn, filesOf, type TextFile } from './repository.js';
import { testRules } from './rule.js';
import { DOCUMENT_RULES, linksOf, PACKAGE_RULES, README_RULES } from './rules/documents.js';
import { codeBlocksOf, codeIn, proseOf, regionOf, rowsOf, sectionOf } from './rules/markdown.js';

const documents = [...filesAtTheTop(), ...['docs', 'lib', 'sample', 'test', 'bench'].flatMap(filesIn)].filter(
  ({ path }) => path.endsWith('.md'),
);
const manual = documents.filter(({ path }) => /^(README\.md|docs\/.+|(lib|sample)\/(.+\/)?README\.md)$/.test(path));

describe('A README and a page of the manual', () => {
  it('stands at the top, and others in lib and docs', () => {
    const paths = manual.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'lib/README.md']));
  });

  // Pages that are made of docstrings are compared with them.
  const written = manual.filter(({ path }) => !path.startsWith('docs/reference/'));
  testRules(README_RULES, written, filesOf);
});

describe('README.md', () => {
  const { text } = fileAt('README.md');

  it('has at most 150 lines and 1,000 words', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
    expect(text.split(/\s+/).length).toBeLessThanOrEqual(1000);
  });
});

describe('docs/README.md', () => {
  it('links to every page of the manual', () => {
    const pages = manual.map(({ path }) => path).filter(path => /^docs\/(?!README)/.test(path));
    const linked = linksOf(fileAt('docs/README.md')).map(link => `docs/${link}`);
    expect(linked.filter(link => link.endsWith('.md')).sort()).toEqual(pages.sort());
  });
});

describe('Documents of the package', () => {
  const isPacked = ({ path }: TextFile) => /^((docs|lib)\/.*|README|CHANGELOG)\.md$/.test(path);
  testRules(PACKAGE_RULES, documents.filter(isPacked), filesOf);
});

describe('Documents', () => {
  testRules(DOCUMENT_RULES, documents, filesOf);
});

describe('The table of docs/built-in-signals.md', () => {
  it('names every built-in signal of the main door and no other', () => {
    const isBuiltIn = (value: unknown) => typeof value === 'function' && value.prototype instanceof Signal;
    const builtIn = Object.entries(door).filter(([, value]) => isBuiltIn(value));
    const named = rowsOf(fileAt('docs/built-in-signals.md').text).flatMap(([signals]) => codeIn(signals ?? ''));
    expect(named.sort()).toEqual(builtIn.map(([name]) => name).sort());
  });
});

describe('Reading a document', () => {
  const text = `
# A title
## Some words
| name | what |
| --- | :-: |
| \`a\`, \`b\` | either \\| or |

- in a list
  <!-- sample/a.ts#one -->

  ~~~ts
  if (a) {
    b();
  }
  ~~~
## More`;
  const document: TextFile = { path: 'a.md', text };

  it('finds blocks of code with the region that they show', () => {
    const region = { path: 'sample/a.ts', name: 'one' };
    expect(codeBlocksOf(document)).toEqual([
      { language: 'ts', code: 'if (a) {\n  b();\n}', line: 11, lastLine: 15, region },
    ]);
    expect(proseOf(document)).not.toContain('if (a)');
    expect(proseOf(document)).toContain('## More');
  });

  it('finds the rows of a table under a heading', () => {
    expect(rowsOf(sectionOf(document, /^Some/)!)).toEqual([['`a`, `b`', 'either \\| or']]);
    expect(sectionOf(document, /^None/)).toBeUndefined();
    expect(codeIn('`a`, `b`')).toEqual(['a', 'b']);
  });

  it('finds a region of a source, without its margin and the marks of regions inside it', () => {
    const source = {
      path: 'sample/a.ts',
      text: `class A {
  // #region one
  a() {
    // #region two
    return 1;
    // #endregion
  }
  // #endregion
}`,
    };
    expect(regionOf(source, 'one')).toBe('a() {\n  return 1;\n}');
    expect(regionOf(source, 'two')).toBe('return 1;');
    expect(regionOf(source, 'three')).toBeUndefined();
  });
});
