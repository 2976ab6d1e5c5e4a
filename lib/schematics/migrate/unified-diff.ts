const CONTEXT = 3;

/** A line of a text that stays, goes or comes. */
interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Shows a change of a file as `git diff` does; a new file has no text before. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  const lines = compared(linesOf(before ?? ''), linesOf(after));
  const header = [before === undefined ? '--- /dev/null' : `--- a/${path}`, `+++ b/${path}`];
  return [...header, ...hunksOf(lines).flatMap(([first, end]) => hunk(lines, first, end)), ''].join('\n');
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function compared(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let rest = 0;
  while (rest < Math.min(before.length, after.length) - start && before.at(-1 - rest) === after.at(-1 - rest)) rest++;
  const middle = shortest(before.slice(start, before.length - rest), after.slice(start, after.length - rest));
  const same = (lines: readonly string[]) => lines.map(text => ({ mark: ' ', text }) as const);
  return [...same(before.slice(0, start)), ...middle, ...same(before.slice(before.length - rest))];
}

/** Keeps as many lines as possible, in their order. */
function shortest(before: readonly string[], after: readonly string[]): Line[] {
  const kept = before.map(() => new Uint32Array(after.length + 1));
  const at = (one: number, other: number) => kept[one]?.[other] ?? 0;
  for (let one = before.length - 1; one >= 0; one--) {
    for (let other = after.length - 1; other >= 0; other--)
      kept[one]![other] =
        before[one] === after[other] ? at(one + 1, other + 1) + 1 : Math.max(at(one + 1, other), at(one, other + 1));
  }
  const lines: Line[] = [];
  let [one, other] = [0, 0];
  while (one < before.length || other < after.length) {
    if (before[one] === after[other]) {
      lines.push({ mark: ' ', text: before[one++]! });
      other++;
    } else if (one < before.length && at(one + 1, other) >= at(one, other + 1))
      lines.push({ mark: '-', text: before[one++]! });
    else lines.push({ mark: '+', text: after[other++]! });
  }
  return lines;
}

/** The first line and the end of each group of changes, with what stands around them. */
function hunksOf(lines: readonly Line[]): [number, number][] {
  const hunks: [number, number][] = [];
  for (const [place, { mark }] of lines.entries()) {
    if (mark === ' ') continue;
    const [first, end] = [Math.max(0, place - CONTEXT), Math.min(lines.length, place + CONTEXT + 1)];
    const last = hunks.at(-1);
    if (last && first <= last[1]) last[1] = end;
    else hunks.push([first, end]);
  }
  return hunks;
}

function hunk(lines: readonly Line[], first: number, end: number): string[] {
  const count = (from: number, to: number, mark: string) =>
    lines.slice(from, to).filter(line => line.mark !== mark).length;
  const range = (mark: string) => {
    const length = count(first, end, mark);
    return `${count(0, first, mark) + (length === 0 ? 0 : 1)},${length}`;
  };
  return [`@@ -${range('+')} +${range('-')} @@`, ...lines.slice(first, end).map(({ mark, text }) => mark + text)];
}
