import type { Difference } from './differences.js';
import { Recorder } from './recorder.js';
import { type Call, type Facts, type Scenario, scenariosOf, type Step, stepsOf, type Verdict } from './scenario.js';

/** Does what the scenario sets up, through the public API, and returns what it measured. */
type Run = (record: Recorder) => Promise<Facts | void>;

/** How Django's trace reads here: pure functions of it, and why they are needed. */
export interface Adaptation {
  readonly because: string;
  readonly steps?: (django: Step[]) => Step[];
  readonly facts?: (django: Facts) => Facts;
}

/** The counterpart of one Django scenario in this library, and how close it is to Django. */
interface Entry {
  readonly verdict: Verdict;
  /** The fact that holds in this library, used as the title of a test. */
  readonly says: string;
  readonly reason?: Difference;
  readonly adaptation?: Adaptation;
  readonly instead?: Facts;
  /** The contract leaves it out, however close the scenario was meant to be. */
  readonly isLeftOut?: true;
  readonly run: Run;
}

/** The entries of one group, by the name of the scenario. */
export type Mapping = Readonly<Record<string, Entry>>;

/** Returns an entry for calls in Django's order, with at least its arguments, and for its facts except Python's. */
export function match(says: string, run: Run, adaptation?: Omit<Adaptation, 'steps'>): Entry {
  return { verdict: 'MATCH', says, run, ...(adaptation && { adaptation }) };
}

/** Returns an entry for Django's facts in another shape: Django's trace is adapted before the comparison. */
export function adapt(says: string, adaptation: Adaptation, run: Run): Entry {
  return { verdict: 'ADAPT', says, adaptation, run };
}

/** Not as in Django, for a reason. `instead` are the facts here, under Django's names where it has them; calls are not compared. */
export function differ(reason: Difference, says: string, instead: Facts, run: Run): Entry {
  return { verdict: 'DIFFER', says, reason, instead, run };
}

/** A signal that there is not, by a decision; it is not looked for how close to Django it is. */
export function notOffered(reason: Difference, says: string, instead: Facts, run: Run): Entry {
  return { ...differ(reason, says, instead, run), isLeftOut: true };
}

interface GroupOptions {
  /** How the lines begin that are compared beside the calls. Default: comments only. */
  readonly lines?: readonly string[];
  /** The adaptation for every scenario of the group, for example for arguments that have no counterpart. */
  readonly everywhere?: Adaptation;
}

/** Makes tests of the scenarios of a group, and of the mapping: that it leaves none out. */
export function testScenarios(group: string, mapping: Mapping, options: GroupOptions = {}): void {
  const scenarios = scenariosOf(group);

  it(`Django's ${group} scenarios have one entry each, as close to Django as it has to be`, () => {
    expect(problemsOf(scenarios, mapping)).toEqual([]);
  });

  for (const [verdict, heading] of Object.entries(HEADINGS)) {
    const tests = scenarios.flatMap(scenario => {
      const entry = mapping[scenario.scenario];
      if (entry?.verdict !== verdict) return [];
      return [{ ...entry, scenario, name: [scenario.scenario, entry.reason ?? []].flat().join(', ') }];
    });
    if (tests.length === 0) continue;
    describe(heading, () => {
      it.each(tests)('$says ($name)', async ({ scenario, ...entry }) => {
        const { steps, facts } = await outcomeOf(scenario, entry, options);
        expect(steps.here).toMatchObject(steps.expected);
        expect(facts.here).toEqual(facts.expected);
      });
    });
  }
}

const HEADINGS: Readonly<Record<Verdict, string>> = {
  MATCH: 'As in Django,',
  ADAPT: 'As in Django but for the shape,',
  DIFFER: 'Unlike in Django,',
};

interface Outcome {
  /** Here, a call may have more arguments than in Django. */
  readonly steps: { readonly here: Step[]; readonly expected: Step[] };
  readonly facts: { readonly here: Facts; readonly expected: Facts };
}

/** Does what a scenario does, and compares. */
export async function outcomeOf(
  scenario: Scenario,
  { run, adaptation, instead }: Entry,
  { lines = ['--'], everywhere }: GroupOptions = {},
): Promise<Outcome> {
  const record = new Recorder();
  const here = (await run(record)) ?? {};
  if (instead) return { steps: { here: [], expected: [] }, facts: { here, expected: instead } };
  const adaptations = [everywhere, adaptation].filter(it => it !== undefined);
  const steps = adaptations.reduce((all, change) => change.steps?.(all) ?? all, stepsOf(scenario, lines));
  const facts = adaptations.reduce((all, change) => change.facts?.(all) ?? all, scenario.result);
  return { steps: { here: record.steps, expected: steps }, facts: { here, expected: facts } };
}

/** Takes arguments out of Django's calls that have no counterpart. */
export function leavingOut(...names: readonly string[]): (steps: Step[]) => Step[] {
  const isKept = ([name]: [string, unknown]) => !names.includes(name);
  return steps =>
    steps.map(step =>
      typeof step === 'string' ? step : (Object.fromEntries(Object.entries(step).filter(isKept)) as Call),
    );
}

const CLOSENESS: readonly Verdict[] = ['DIFFER', 'ADAPT', 'MATCH'];

/** Returns the problems of a mapping: missing or unknown scenarios, and entries too far from Django. */
export function problemsOf(scenarios: readonly Scenario[], mapping: Mapping): string[] {
  const names = scenarios.map(({ scenario }) => scenario);
  const tooFar = ({ scenario, uow_verdict: verdict }: Scenario) => {
    const entry = mapping[scenario];
    return entry && !entry.isLeftOut && CLOSENESS.indexOf(entry.verdict) < CLOSENESS.indexOf(verdict);
  };
  return [
    ...names.filter(name => !(name in mapping)).map(name => `${name} has no entry`),
    ...Object.keys(mapping)
      .filter(name => !names.includes(name))
      .map(name => `${name} is no scenario`),
    ...scenarios
      .filter(tooFar)
      .map(({ scenario, uow_verdict }) => `${scenario} is ${mapping[scenario]!.verdict}, and has to be ${uow_verdict}`),
  ];
}
