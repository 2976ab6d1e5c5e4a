import { basename } from 'node:path';
import type { TextFile } from '../house/repository.ts';
import { codeBlocksOf } from '../house/rules/markdown.ts';

/** The code and the output of a sample, as the manual shows them. */
export interface Example {
  /** The file of the sample that the code is from, without its folder. */
  readonly file: string;
  readonly code: string;
  readonly output: string;
}

/**
 * Finds the page that shows what a sample prints, under `<!-- output of sample/01-first-signal -->`, and the code of the
 * sample in it, under `<!-- sample/01-first-signal/orders.ts#first-signal -->`.
 *
 * @throws Error that says which of them is missing.
 */
export function exampleIn(pages: readonly TextFile[], sample: string): Example {
  const mark = `<!-- output of ${sample} -->`;
  const page = pages.find(({ text }) => text.split('\n').some(line => line.trim() === mark));
  if (!page) throw new Error(`No page shows output under ${mark}.`);
  const blocks = codeBlocksOf(page);
  const code = blocks.find(({ region }) => region?.path.startsWith(`${sample}/`));
  if (!code?.region) throw new Error(`${page.path} shows no code under <!-- ${sample}/...#region -->.`);
  const lines = page.text.split('\n');
  const output = blocks.find(
    ({ line }) =>
      lines
        .slice(0, line - 1)
        .findLast(isNotEmpty)
        ?.trim() === mark,
  );
  if (!output) throw new Error(`${page.path} shows no output under ${mark}.`);
  return { file: basename(code.region.path), code: code.code, output: output.code };
}

function isNotEmpty(line: string): boolean {
  return line.trim() !== '';
}
