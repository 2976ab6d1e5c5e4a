import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { getOrInsert } from '../core/index.js';
import type { Answer } from './answer.js';

/** Nothing of the application is in it. */
const SHELL = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Signals</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
<script type="module" src="page.js"></script>
</head>
<body>
<div id="page"></div>
<noscript>This page shows the signals of the application while they are sent. It needs JavaScript.</noscript>
</body>
</html>
`;

const TYPES = { 'page.js': 'text/javascript; charset=utf-8', 'page.css': 'text/css; charset=utf-8' } as const;

export type PageFile = keyof typeof TYPES;

/** The files that the page is made of. They are read when they are first asked for. */
export class PageFiles {
  private readonly loaded = new Map<PageFile, ReturnType<typeof read>>();

  get shell(): Answer {
    return { status: 200, type: 'text/html; charset=utf-8', body: SHELL };
  }

  /** @param known - the header `if-none-match` of the request. */
  async file(name: PageFile, known: string | undefined): Promise<Answer> {
    const type = TYPES[name];
    const { body, tag } = await this.load(name);
    const headers = { etag: tag, 'cache-control': 'no-cache' };
    const isKnown = known?.split(',').some(one => one.trim().replace(/^W\//, '') === tag);
    return isKnown ? { status: 304, type, body: '', headers } : { status: 200, type, body, headers };
  }

  private load(name: PageFile) {
    const loaded = getOrInsert(this.loaded, name, () => read(name));
    loaded.catch(() => this.loaded.delete(name));
    return loaded;
  }
}

async function read(name: PageFile) {
  const body = await readFile(new URL(`./page/${name}`, import.meta.url));
  return { body, tag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}
