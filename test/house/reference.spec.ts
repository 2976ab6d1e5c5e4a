import { referencePages } from '../../docs/.vitepress/reference/pages.js';
import { fileAt, filesIn } from './repository.js';

const pages = referencePages();

describe('The reference', () => {
  it('has a page for each door, and no other', () => {
    const paths = filesIn('docs/reference').map(({ path }) => path);
    expect(paths).toEqual(
      Object.keys(pages)
        .filter(path => path !== 'docs/options.md')
        .sort(),
    );
  });

  it.each(Object.entries(pages))(
    'is made of the docstrings of today: %s, written by npm run docs:reference',
    (path, text) => {
      expect(fileAt(path).text).toBe(text);
    },
  );

  it('names an option once, with its type and its default', () => {
    const rows = pages['docs/options.md']!.split('\n').filter(line => line.startsWith('| `maxDepth`'));
    expect(rows).toEqual(['| `maxDepth` | `number` | The depth to which sends may be nested. | 32 |']);
  });

  it('shows a method with its overloads, its contract and its errors, and nothing internal', () => {
    const page = pages['docs/reference/nestjs-signals.md']!;
    expect(page).toMatch(
      /#### sendSync\(\)\n\n```ts\nsendSync\(sender: Sender.*\n```\n\n.*\n\n- Throws .*RECEIVER_IS_ASYNC/,
    );
    expect(page).not.toContain('senderKey');
  });

  it('shows the type of a value, and no code that makes it', () => {
    const page = pages['docs/reference/nestjs-signals.md']!;
    expect(page).toContain('```ts\nconst afterCommit: AfterCommit\n```');
    expect(pages['docs/reference/pg-boss.md']).toContain("const SIGNALS_SCHEMA = 'signals'");
    expect(pages['docs/reference/testing.md']).toMatch(
      /const signalMatchers: \{\n {2}toHaveBeenSent\(.*\): MatcherResult;\n/,
    );
    expect(pages['docs/reference/rows.md']).not.toContain('rowsRoom');
  });
});
