import { styleText } from 'node:util';

/** Where a command reads and writes: the process, or a test. */
export interface Terminal {
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether styles are shown. @see showsColors */
  readonly hasColors: boolean;
  out(text: string): void;
  error(text: string): void;
  /** Asks a question; undefined where there is no terminal to answer on. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
}

/** On a terminal, unless `NO_COLOR` is set; elsewhere if `FORCE_COLOR` is. */
export function showsColors(isTerminal: boolean | undefined, env: Terminal['env']): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  return isTerminal === true && TERM !== 'dumb';
}

/** The widest line of a text. */
export const COLUMNS = 100;

export type Style = Parameters<typeof styleText>[0];

export type Styled = (style: Style, text: string) => string;

/** Returns a function that styles texts where the terminal shows styles. */
export function styling({ hasColors }: Terminal): Styled {
  return (style, text) => (hasColors ? styleText(style, text, { validateStream: false }) : text);
}

/** Breaks a text between words, so that no line is wider than a terminal; each line begins with the indent. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && `${indent}${line} ${word}`.length <= COLUMNS) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.map(line => indent + line).join('\n');
}

/** A value for programs. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
