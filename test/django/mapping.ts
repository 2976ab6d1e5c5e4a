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

/** What is made of one scenario here. */
interface Entry {
  readonly verdict: Verdict;
  /** What is true here. */
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

/** The same calls in the same order, with at least Django's arguments, and the same facts but for those of Python. */
export function match(says: string, run: Run, adaptation?: Omit<Adaptation, 'steps'>): Entry {
  return { verdict: 'MATCH', says, run, ...(adaptation && { adaptation }) };
}

/** The same in another shape: what is compared is Django's trace, adapted. */
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
  /** What holds for every scenario of the group: arguments that have no counterpart, for example. */
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
        expect(steps.here).toMatchObject(steps.wanted);
        expect(facts.here).toEqual(facts.wanted);
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
  readonly steps: { readonly here: Step[]; readonly wanted: Step[] };
  readonly facts: { readonly here: Facts; readonly wanted: Facts };
}

/** Does what a scenario does, and compares. */
export async function outcomeOf(
  scenario: Scenario,
  { run, adaptation, instead }: Entry,
  { lines = ['--'], everywhere }: GroupOptions = {},
): Promise<Outcome> {
  const record = new Recorder();
  const here = (await run(record)) ?? {};
  if (instead) return { steps: { here: [], wanted: [] }, facts: { here, wanted: instead } };
  const adaptations = [everywhere, adaptation].filter(it => it !== undefined);
  const steps = adaptations.reduce((all, change) => change.steps?.(all) ?? all, stepsOf(scenario, lines));
  const facts = adaptations.reduce((all, change) => change.facts?.(all) ?? all, scenario.result);
  return { steps: { here: record.steps, wanted: steps }, facts: { here, wanted: facts } };
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

/** What is wrong with a mapping. */
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
