import fc from 'fast-check';
import { Signal, SignalRegistry } from 'nestjs-signals';
import { observation, REGISTRY } from '../../lib/core/index.js';
import { Connections, ListSignal } from './dispatch-model/list-model.js';
import { overlaps, overlapsRun } from './dispatch-model/overlap.js';
import { type Program, programs } from './dispatch-model/program.js';
import { brokenBy, optionsOf, uninvolved, wishLists } from './dispatch-model/wishes.js';
import { DEEPEST, type Payload, textOf, World } from './dispatch-model/world.js';

/** A failure prints its seed, and with SIGNALS_SEED the same programs run again. */
const { SIGNALS_SEED, SIGNALS_RANDOM_SEEDS = 250 } = process.env;
const PARAMETERS: fc.Parameters<unknown> = {
  numRuns: Number(SIGNALS_RANDOM_SEEDS),
  timeout: 20_000,
  interruptAfterTimeLimit: 50_000,
  ...(SIGNALS_SEED !== undefined && { seed: Number(SIGNALS_SEED) }),
};
const LONGEST_MS = 60_000;

class Ping extends Signal<Payload> {}
class LoudPing extends Ping {}
class Pong extends Signal<Payload> {}

/** Runs a program on the library, and returns its log and its failures. */
async function libraryRuns(program: Program, prepare: (registry: SignalRegistry) => Disposable | void) {
  const registry = new SignalRegistry();
  // No program nests sends deeper, so that what is not counted back is noticed.
  registry.limitDepth(DEEPEST);
  using _ = prepare(registry) ?? undefined;
  const failures: string[] = [];
  registry.log = {
    receiverFailed: (uid, signal, reason) => failures.push(`${uid} on ${signal}: ${textOf(reason)}`),
    receiverSkipped: () => {},
  };
  const signals = [new Ping(), new LoudPing(), new Pong()];
  for (const signal of signals) signal[REGISTRY] = registry;
  return await outcomeOf(new World(program, signals), failures);
}

/** Runs a program on a plain list of connections, and returns its log and its failures. */
async function modelRuns(program: Program) {
  const all = new Connections();
  const ping = new ListSignal('Ping', all);
  return outcomeOf(
    new World(program, [ping, new ListSignal('LoudPing', all, ping), new ListSignal('Pong', all)]),
    all.failures,
  );
}

async function outcomeOf(world: World, failures: string[]) {
  await world.run();
  // Whom a synchronous send gave up may fail a little later.
  await new Promise(setImmediate);
  return { log: world.log, failures: failures.sort() };
}

describe('Dispatch does what a plain list of connections does', () => {
  it.each<[string, (registry: SignalRegistry) => Disposable | void]>([
    ['whatever is connected, disconnected and sent, by receivers too', () => {}],
    ['while somebody watches', watch],
    ['while something is disabled', registry => registry.disable('somebody else')],
  ])(
    '%s',
    async (_when, prepare) => {
      const property = fc.asyncProperty(programs, async program => {
        expect(await libraryRuns(program, prepare)).toEqual(await modelRuns(program));
      });
      await fc.assert(property, PARAMETERS);
    },
    LONGEST_MS,
  );

  it(
    'for each of many sends at the same time: one receiver after another, those that were connected when it began',
    async () => {
      const property = fc.asyncProperty(overlaps, fc.scheduler(), async (overlap, scheduler) => {
        const { seen, expected } = await overlapsRun(overlap, scheduler);
        expect(seen).toEqual(expected);
      });
      await fc.assert(property, PARAMETERS);
    },
    LONGEST_MS,
  );
});

describe('before and after', () => {
  it(
    'all hold, and receivers that no option names keep the order of connection',
    async () => {
      const property = fc.asyncProperty(wishLists, async wishes => {
        const ping = new Ping();
        const options = optionsOf(wishes);
        for (const each of options) ping.connect(() => {}, each);

        const order = (await ping.send(null, { send: 1, depth: 0 })).map(({ receiver }) => receiver);

        const connected = options.map(({ uid }) => uid!);
        expect(order.toSorted()).toEqual(connected);
        expect(brokenBy(order, wishes)).toEqual([]);
        expect(uninvolved(order, wishes)).toEqual(uninvolved(connected, wishes));
      });
      await fc.assert(property, PARAMETERS);
    },
    LONGEST_MS,
  );
});

function watch(): Disposable {
  const nothing = () => {};
  const all = { start: nothing, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing };
  observation.send.subscribe(all);
  observation.receive.subscribe(all);
  return {
    [Symbol.dispose]: () => {
      observation.send.unsubscribe(all);
      observation.receive.unsubscribe(all);
    },
  };
}
