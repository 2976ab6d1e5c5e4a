import { measure } from 'mitata';

/** One way of doing the measured work. */
export interface Candidate extends Named {
  readonly run: () => unknown;
}

interface Named {
  readonly name: string;
}

/** The result of one candidate, as a table shows it. */
export interface Row {
  readonly name: string;
  /** Nanoseconds of one call, median. */
  readonly ns: number;
  /** The ratio to the first candidate, measured in turn with it in each round; the median over the rounds. */
  readonly ratio: number;
}

/**
 * Measures candidates against the first of them. Machines change their pace from second to second, so every
 * sample stands between two samples of the first, and only their ratio is kept.
 */
export async function compare(candidates: readonly [Candidate, ...Candidate[]], rounds = 15): Promise<Row[]> {
  return compareBy(sample, candidates, rounds);
}

/** @param sample - nanoseconds of one candidate, now. */
export async function compareBy<Thing extends Named>(
  sample: (candidate: Thing) => Promise<number>,
  candidates: readonly Thing[],
  rounds: number,
): Promise<Row[]> {
  const [base] = candidates as readonly [Thing, ...Thing[]];
  const samples = new Map(candidates.map(({ name }) => [name, [] as { ns: number; ratio: number }[]]));
  for (let round = 0; round < rounds; round++) {
    let before = await sample(base);
    for (const candidate of shuffled(candidates)) {
      const ns = await sample(candidate);
      const after = await sample(base);
      samples.get(candidate.name)!.push({ ns, ratio: (2 * ns) / (before + after) });
      before = after;
    }
  }
  return candidates.map(({ name }) => {
    const measured = samples.get(name)!;
    return { name, ns: median(measured.map(it => it.ns)), ratio: median(measured.map(it => it.ratio)) };
  });
}

async function sample({ run }: Candidate): Promise<number> {
  const { p50 } = await measure(run, { min_cpu_time: 8e6, min_samples: 24, heap: false, gc: false });
  return p50;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map(value => ({ value, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
