import { basename } from 'node:path';
import type { TextFile } from '../house/repository.ts';
import { codeBlocksOf } from '../house/rules/markdown.ts';

/** What the README shows of a sample. */
export interface Example {
  /** The file of the sample that the code is from, without its folder. */
  readonly file: string;
  readonly code: string;
  readonly output: string;
}

/**
 * Finds the code of a sample, under `<!-- sample/01-first-signal/orders.ts#first-signal -->`, and what it prints, under
 * `<!-- output of sample/01-first-signal -->`.
 *
 * @throws Error that says which of them is missing.
 */
export function exampleIn(readme: TextFile, sample: string): Example {
  const blocks = codeBlocksOf(readme);
  const code = blocks.find(({ region }) => region?.path.startsWith(`${sample}/`));
  if (!code?.region) throw new Error(`${readme.path} shows no code under <!-- ${sample}/...#region -->.`);
  const mark = `<!-- output of ${sample} -->`;
  const lines = readme.text.split('\n');
  const output = blocks.find(
    ({ line }) =>
      lines
        .slice(0, line - 1)
        .findLast(isNotEmpty)
        ?.trim() === mark,
  );
  if (!output) throw new Error(`${readme.path} shows no output under ${mark}.`);
  return { file: basename(code.region.path), code: code.code, output: output.code };
}

function isNotEmpty(line: string): boolean {
  return line.trim() !== '';
}
