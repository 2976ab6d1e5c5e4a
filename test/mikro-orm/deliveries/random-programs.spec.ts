import fc from 'fast-check';
import { Model } from './random/model.js';
import { type Program, programs } from './random/program.js';
import { type Calls, World } from './random/world.js';

/** A failure prints its seed, and with SIGNALS_SEED the same programs run again. */
const { SIGNALS_SEED, SIGNALS_PROGRAMS = '100' } = process.env;
const PARAMETERS: fc.Parameters<[Program]> = {
  numRuns: Number(SIGNALS_PROGRAMS),
  // What hangs fails, too.
  timeout: 30_000,
  ...(SIGNALS_SEED !== undefined && { seed: Number(SIGNALS_SEED) }),
};
const LONGEST_MS = 600_000;
const NOTHING: Calls = { committed: 0, rolledBack: 0, unknown: 0 };

let world: World;
let count = 0;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world[Symbol.asyncDispose]());

function foretell({ threads }: Program, prefix: string): Model {
  const model = new Model();
  for (const [thread, transactions] of threads.entries()) {
    for (const [at, transaction] of transactions.entries()) model.run(transaction, `${prefix}.${thread}.${at}`);
  }
  return model;
}

/** Returns a problem if the calls for a row do not match whether the row is stored. */
function problemsOf(name: string, isStored: boolean, received = NOTHING): string[] {
  const { committed, rolledBack, unknown } = received;
  const isKept = world.accepted.includes(name);
  // Its two receivers are reported instead of being called.
  const isUnknown = unknown === 2 && committed + rolledBack === 0;
  const isRight = isStored ? committed === 1 && rolledBack === 0 : committed === 0 && rolledBack === (isKept ? 1 : 0);
  if (isUnknown || (unknown === 0 && isRight)) return [];
  return [
    `${name} is ${isStored ? '' : 'not '}stored, and was received of so: ${JSON.stringify({ isKept, ...received })}`,
  ];
}

/** Whether the messages of one outermost transaction came in their order. */
function inOrder(prefix: string): boolean {
  const of = (names: readonly string[]) => names.filter(name => name.startsWith(`${prefix}.`));
  const committed = of(world.committed);
  return JSON.stringify(committed) === JSON.stringify(of(world.accepted).filter(name => committed.includes(name)));
}

async function check(program: Program): Promise<void> {
  const prefix = `p${count++}`;
  const { verdicts } = foretell(program, prefix);
  await world.run(program, prefix);
  const stored = await world.stored(prefix);
  const isUnknown = (name: string) => (world.received.get(name)?.unknown ?? 0) > 0;
  const names = new Set([...verdicts.keys(), ...stored, ...world.received.keys(), ...world.accepted]);

  const wrong = [...verdicts].filter(([name, verdict]) => {
    return verdict !== 'either' && !isUnknown(name) && stored.has(name) !== (verdict === 'committed');
  });
  expect(wrong).toEqual([]);
  expect([...stored].filter(name => !verdicts.has(name))).toEqual([]);
  expect([...names].flatMap(name => problemsOf(name, stored.has(name), world.received.get(name)))).toEqual([]);
  expect(program.isSilent ? [] : [...names].filter(isUnknown)).toEqual([]);
  for (const [thread, transactions] of program.threads.entries()) {
    const simple = transactions.flatMap(({ way }, at) => (way === 'flush' ? [`${prefix}.${thread}.${at}`] : []));
    expect(simple.filter(path => !inOrder(path))).toEqual([]);
  }
}

it(
  'After COMMIT receivers run for exactly what others can read, after a rollback for exactly what they cannot',
  async () => {
    await fc.assert(fc.asyncProperty(programs, check), PARAMETERS);
  },
  LONGEST_MS,
);
