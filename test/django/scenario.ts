import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TRACES = join(import.meta.dirname, 'traces');

/** One call of one receiver, with its arguments under Django's names. */
export interface Call {
  readonly signal: string;
  readonly receiver?: string;
  readonly [argument: string]: unknown;
}

/** One step of a scenario: a call, or a line such as `-- a comment`, `SQL INSERT item` or `TX COMMIT`. */
export type Step = Call | string;

/** The values that a scenario has measured besides its calls, by name. */
export type Facts = Readonly<Record<string, unknown>>;

/** How close this library has to be: the same, the same fact in another shape, or as different as a reason allows. */
export type Verdict = 'MATCH' | 'ADAPT' | 'DIFFER';

/** A program that was run on Django, and what was seen of it. */
export interface Scenario {
  /** `dispatch.order_registration` */
  readonly scenario: string;
  readonly group: string;
  readonly django: string;
  readonly uow_verdict: Verdict;
  readonly setup: string;
  readonly trace: readonly Call[];
  readonly timeline: readonly string[];
  readonly result: Facts;
}

/** The groups that there are traces of. */
export function groupsOfTraces(): string[] {
  return readdirSync(TRACES)
    .map(file => file.replace(/\.jsonl$/, ''))
    .sort();
}

export function scenariosOf(group: string): Scenario[] {
  const lines = readFileSync(join(TRACES, `${group}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map(line => JSON.parse(line) as Scenario);
}

/**
 * The calls of a scenario, between the lines of its timeline.
 *
 * @param kinds - how the other lines begin that are kept: `--`, `SQL`, `TX`, `ON_COMMIT`.
 */
export function stepsOf({ trace, timeline }: Pick<Scenario, 'trace' | 'timeline'>, kinds: readonly string[]): Step[] {
  const calls = trace.values();
  return timeline.flatMap((line): Step[] => {
    const [kind = ''] = line.split(' ');
    if (kind === 'CALL' || kind === 'SIGNAL') return [calls.next().value!];
    return kinds.includes(kind) ? [line] : [];
  });
}
