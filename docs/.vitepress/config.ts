import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { slugOf } from '../../test/house/rules/markdown.ts';
import { drawMermaid } from './mermaid.ts';
import { sidebarOf } from './sidebar.ts';
import { llmsText, wholeManual } from './whole/whole.ts';

const contents = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

export default defineConfig({
  title: 'nestjs-signals',
  description: "Django's signals for NestJS: injectable, typed, transaction-aware, durable",
  // Browsers ask for a picture otherwise.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  base: process.env.DOCS_BASE ?? '/',
  cacheDir: '../node_modules/.cache/vitepress',
  rewrites: { 'README.md': 'index.md' },
  markdown: { anchor: { slugify: slugOf }, config: drawMermaid },
  buildEnd: ({ outDir }) => {
    writeFileSync(join(outDir, 'llms.txt'), llmsText());
    writeFileSync(join(outDir, 'llms-full.md'), wholeManual());
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          // Who searches wants to read about a thing first; the reference has every name, often.
          searchOptions: { boostDocument: id => (String(id).includes('/reference/') ? 0.3 : 1) },
        },
      },
    },
    sidebar: sidebarOf(contents),
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/getting-started' },
      { text: 'Errors', link: '/errors' },
      { text: 'Options', link: '/options' },
    ],
  },
});
