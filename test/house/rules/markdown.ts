import type { TextFile } from '../repository.js';

/** A fenced block of code, and the region of a source that the comment above it names. */
export interface CodeBlock {
  readonly language: string;
  readonly code: string;
  /** The lines of its fences. */
  readonly line: number;
  readonly lastLine: number;
  readonly region: { readonly path: string; readonly name: string } | undefined;
}

const FENCE = /^(\s*)(`{3,}|~{3,})\s*(\S*)/;
const REGION_COMMENT = /^\s*<!--\s*(\S+?)#(\S+)\s*-->\s*$/;

/** The fenced blocks of a document. */
export function codeBlocksOf({ text }: TextFile): CodeBlock[] {
  const lines = text.split('\n');
  const blocks: CodeBlock[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent, fence, language] = FENCE.exec(lines[at]!) ?? [];
    if (indent === undefined || fence === undefined) continue;
    const close = lines.findIndex((line, other) => other > at && line.trim() === fence);
    const end = close < 0 ? lines.length : close;
    const inside = lines.slice(at + 1, end);
    const code = inside.map(line => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n');
    const region = regionAbove(lines.slice(0, at));
    blocks.push({ language: language ?? '', code, line: at + 1, lastLine: end + 1, region });
    at = end;
  }
  return blocks;
}

function regionAbove(lines: readonly string[]): CodeBlock['region'] {
  const [, path, name] = REGION_COMMENT.exec(lines.findLast(line => line.trim() !== '') ?? '') ?? [];
  return path === undefined || name === undefined ? undefined : { path, name };
}

/** The text of a document without its blocks of code. */
export function proseOf(document: TextFile): string {
  const lines = document.text.split('\n');
  for (const { line, lastLine } of codeBlocksOf(document)) lines.fill('', line - 1, lastLine);
  return lines.join('\n');
}

/** `error-codes`: the anchor that GitHub makes of a heading, and the site of the manual, too. */
export function slugOf(heading: string): string {
  const words = heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '');
  return words.replaceAll(' ', '-');
}

/** Returns the text under a heading, up to the next one of the same or a higher level; undefined without it. */
export function sectionOf(document: TextFile, title: RegExp): string | undefined {
  const lines = proseOf(document).split('\n');
  const start = lines.findIndex(line => /^#+ /.test(line) && title.test(line.replace(/^#+ /, '')));
  if (start < 0) return undefined;
  const level = lines[start]!.indexOf(' ');
  const length = lines.slice(start + 1).findIndex(line => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The cells of the tables in a text, row by row, without the headings. */
export function rowsOf(text: string): string[][] {
  const rows = text.split('\n').filter(line => line.trim().startsWith('|'));
  const cells = rows.map(row =>
    row
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map(cell => cell.trim()),
  );
  const isRule = (row: readonly string[] | undefined) => row?.every(cell => /^:?-+:?$/.test(cell)) === true;
  return cells.filter((row, at) => !isRule(row) && !isRule(cells[at + 1]));
}

/** Returns the parts of a text that stand between backticks. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** A region of a source, `// #region name` to `// #endregion`, without the margin that all its lines share. */
export function regionOf({ text }: TextFile, name: string): string | undefined {
  const lines = text.split('\n');
  const start = lines.findIndex(line => line.trim() === `// #region ${name}`);
  if (start < 0) return undefined;
  const inside: string[] = [];
  let depth = 1;
  for (const line of lines.slice(start + 1)) {
    const marker = /^\s*\/\/ #(end)?region\b/.exec(line);
    if (marker) depth += marker[1] ? -1 : 1;
    else inside.push(line);
    if (depth === 0) return dedent(inside);
  }
  return undefined;
}

function dedent(lines: readonly string[]): string {
  const margins = lines.filter(line => line.trim() !== '').map(line => line.length - line.trimStart().length);
  const margin = Math.min(...margins);
  return lines
    .map(line => line.slice(margin))
    .join('\n')
    .trim();
}
