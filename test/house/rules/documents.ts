import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileAt, REPOSITORY, type TextFile } from '../repository.js';
import type { Rule } from '../rule.js';
import { type CodeBlock, codeBlocksOf, proseOf, regionOf, slugOf } from './markdown.js';

/** Where the files of the package are read on the web: a link that works on npm, too. */
const MANUAL = 'https://unpkg.com/nestjs-signals/';

/** Other names for TypeScript and its kin, under which code would go unnoticed. */
const OTHER_NAMES = /^(typescript|tsx|mts|cts|js|javascript|jsx|mjs|cjs)$/;

function unlike({ code, region }: CodeBlock): string | undefined {
  if (!region) return 'does not say which region of a sample it shows';
  const name = `${region.path}#${region.name}`;
  if (!/^sample\/.+\.ts$/.test(region.path)) return `shows ${name}, which is no sample`;
  if (!existsSync(join(REPOSITORY, region.path))) return `shows ${name}, but there is no such file`;
  const shown = regionOf(fileAt(region.path), region.name);
  if (shown === undefined) return `shows ${name}, but the file has no such region`;
  return shown === code.trim() ? undefined : `is not what ${name} is now`;
}

function unlikeSamples(documents: readonly TextFile[]): string[] {
  return documents.flatMap(document =>
    codeBlocksOf(document).flatMap(block => {
      const { language, line } = block;
      const finding =
        language === 'ts' ? unlike(block) : OTHER_NAMES.test(language) ? `is marked ${language}, not ts` : undefined;
      return finding === undefined ? [] : [`${document.path}:${line} ${finding}`];
    }),
  );
}

/** The anchors of the headings of a document. */
export function anchorsOf(document: TextFile): string[] {
  const headings = proseOf(document)
    .split('\n')
    .filter(line => /^#+ /.test(line));
  return headings.map(line => slugOf(line.replace(/^#+ /, '')));
}

/** Returns the reason why a link is dead; undefined if it works, or if it leads out of the repository. */
function dead(link: string, document: TextFile): string | undefined {
  if (link.startsWith(MANUAL)) return dead(`/${link.slice(MANUAL.length)}`, document);
  if (/^[a-z]+:/i.test(link)) return undefined;
  const [file = '', anchor] = link.split('#');
  const target =
    file === '' ? document.path : posix.join(file.startsWith('/') ? '.' : posix.dirname(document.path), file);
  if (file !== '' && !existsSync(join(REPOSITORY, target))) return 'there is no such file';
  if (anchor === undefined || !target.endsWith('.md')) return undefined;
  return anchorsOf(file === '' ? document : fileAt(target)).includes(anchor) ? undefined : 'there is no such heading';
}

export function linksOf(document: TextFile): string[] {
  const prose = proseOf(document).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)|^\[[^\]]+\]:\s*(\S+)/gm)].map(
    ([, inline, defined]) => inline ?? defined!,
  );
}

function deadLinks(documents: readonly TextFile[]): string[] {
  return documents.flatMap(document => {
    return linksOf(document).flatMap(link => {
      const finding = dead(link, document);
      return finding === undefined ? [] : [`${document.path} links to ${link}, but ${finding}`];
    });
  });
}

/** The links to what the package does not hold, which lead nowhere on npm. */
function linksOutOfPackage(documents: readonly TextFile[]): string[] {
  return documents.flatMap(document =>
    linksOf(document)
      .filter(link => !/^([a-z]+:|#)/i.test(link))
      .filter(link => !/^((docs|lib)\/|CHANGELOG\.md|README\.md)/.test(posix.join(posix.dirname(document.path), link)))
      .map(link => `${document.path} links to ${link}`),
  );
}

export const PACKAGE_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'link to nothing that the package does not hold',
    check: linksOutOfPackage,
    broken: {
      by: {
        'README.md': '[a](lib/README.md) [b](DECISIONS.md) [c](https://example.org) [d](#a) [e](docs/a.md)',
        'docs/guides/a.md': '[a](../../sample/a.ts) [b](../README.md)',
      },
      findings: ['README.md links to DECISIONS.md', 'docs/guides/a.md links to ../../sample/a.ts'],
    },
  },
];

export const README_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'shows code that is a region of a tested sample, and the same as the region',
    check: unlikeSamples,
    broken: {
      by: {
        'README.md': [
          '```sh\nnpm ci\n```\n```ts\nsignal.send();\n```',
          '<!-- test/a.ts#send -->\n```ts\n```\n<!-- sample/none.ts#send -->\n\n```ts\n```\n```javascript\n```',
          '<!-- sample/shop/database/postgres-guard.ts#none -->\n```ts\n```',
        ].join('\n'),
      },
      findings: [
        'README.md:4 does not say which region of a sample it shows',
        'README.md:8 shows test/a.ts#send, which is no sample',
        'README.md:12 shows sample/none.ts#send, but there is no such file',
        'README.md:14 is marked javascript, not ts',
        'README.md:17 shows sample/shop/database/postgres-guard.ts#none, but the file has no such region',
      ],
    },
  },
];

export const DOCUMENT_RULES: readonly Rule<TextFile>[] = [
  {
    says: 'link to files and headings that are there',
    check: deadLinks,
    broken: {
      by: {
        'test/README.md': `# Two words, one \`name\`
          [a](../package.json) [b](none.md) ![c](<house/none.png>) [d](https://example.org/none) [e](#two-words-one-name) [f](#none) [j](https://unpkg.com/nestjs-signals/none.md)
          \`[g](none.ts)\`
          \n\`\`\`text\n# none\n[h](none.ts)\n\`\`\`\n[i]: ../none`,
      },
      findings: [
        'test/README.md links to none.md, but there is no such file',
        'test/README.md links to house/none.png, but there is no such file',
        'test/README.md links to #none, but there is no such heading',
        'test/README.md links to https://unpkg.com/nestjs-signals/none.md, but there is no such file',
        'test/README.md links to ../none, but there is no such file',
      ],
    },
  },
];
