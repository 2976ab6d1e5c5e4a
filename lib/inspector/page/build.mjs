import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const PAGE = import.meta.dirname;

/** The license of Preact asks for this line in every copy. */
const LICENSE = '/*! The page contains Preact, (c) 2015-present Jason Miller, MIT license. */';

/** Bundles the live page into `page.js` and `page.css` of a directory. A file that would not change is left alone. */
export async function buildPage(directory = PAGE) {
  const { outputFiles } = await build({
    entryPoints: ['app.tsx', 'styles.css'].map(file => ({ in: join(PAGE, file), out: 'page' })),
    outdir: directory,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    banner: { js: LICENSE },
  });
  await mkdir(directory, { recursive: true });
  for (const { path, contents } of outputFiles) {
    if (!existsSync(path) || !readFileSync(path).equals(contents)) await writeFile(path, contents);
  }
}

if (process.argv[1] === import.meta.filename) await buildPage(process.argv[2]);
