import { posix } from 'node:path';
import { fileAt, type TextFile } from '../../../test/house/repository.ts';
import { proseOf, slugOf } from '../../../test/house/rules/markdown.ts';

const CONTENTS = 'docs/README.md';

/** Where the files of the package are read on the web. */
const PACKAGE = 'https://unpkg.com/nestjs-signals';

/** Returns the paths of the pages of the manual, in the order of its contents. */
export function pagesOfManual(): string[] {
  const links = [...fileAt(CONTENTS).text.matchAll(/\]\(([^):]+\.md)\)/g)];
  return [...new Set(links.map(([, page]) => posix.join('docs', page!)))];
}

/** Returns the contents of the manual for programs that read it, in the form of llms.txt. */
export function llmsText(): string {
  const { text } = fileAt(CONTENTS);
  const absolute = text.replace(/\]\(([^):]+\.md(?:#[^)]*)?)\)/g, (_, page: string) => `](${PACKAGE}/docs/${page})`);
  const about = "> Django's signals for NestJS: injectable, typed, transaction-aware, durable.";
  const [, rest = ''] = /^# .*\n([^]*)$/.exec(absolute) ?? [];
  return `# nestjs-signals\n\n${about}\n\nEverything in one file: ${PACKAGE}/llms-full.md\n${rest}`;
}

/** Returns the README and all pages of the manual as one page, whose links stay inside. */
export function wholeManual(): string {
  const pages = ['README.md', ...pagesOfManual()].map(fileAt);
  const titles = new Map(pages.map(({ path, text }) => [path, slugOf(text.slice(2, text.indexOf('\n')))]));
  return `${pages.map(page => inside(page, titles)).join('\n\n---\n\n')}\n`;
}

/** Not in the package, and of no use to those who read the whole manual as one text. */
const PICTURE = /^!\[[^\]]*\]\([^)]*\)$/;

/** The text of a page without its pictures, with links to other pages made links to their headings. */
function inside(page: TextFile, titles: ReadonlyMap<string, string>): string {
  const isProse = new Set(proseOf(page).split('\n'));
  const link = (whole: string, target: string, anchor = '') => {
    const path = target.startsWith(PACKAGE)
      ? target.slice(PACKAGE.length + 1)
      : posix.join(posix.dirname(page.path), target);
    const title = titles.get(path);
    return title === undefined ? whole : `](${anchor === '' ? `#${title}` : anchor})`;
  };
  return page.text
    .trimEnd()
    .split('\n')
    .filter(line => !(isProse.has(line) && PICTURE.test(line)))
    .map(line => (isProse.has(line) ? line.replace(/\]\(([^)#]+\.md)(#[^)]*)?\)/g, link) : line))
    .join('\n');
}
