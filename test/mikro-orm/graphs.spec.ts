import { Stage } from './graphs/play.js';

/** `npm run test:random` plays more; SIGNALS_RANDOM_SEED plays one. */
const COUNT = Number(process.env.SIGNALS_RANDOM_SEEDS ?? 25);
const ONE = process.env.SIGNALS_RANDOM_SEED;
const seeds = ONE === undefined ? Array.from({ length: COUNT }, (_, at) => at + 1) : [Number(ONE)];
const isPlayedOn = (seed: number, name: string) => ONE !== undefined || (seed % 5 === 0) === (name === 'PostgreSQL');

// Most programs are played on SQLite, where a flush takes a fraction of the time.
describe.each(['SQLite', 'PostgreSQL'] as const)('On %s, whatever refers to whatever', name => {
  it('is written as without receivers, even if a receiver does a part of the work, and its signals say so', async () => {
    await using stage = await Stage.open(name);
    const wrong: string[] = [];
    for (const seed of seeds.filter(one => isPlayedOn(one, name))) {
      await stage.play(seed).catch((error: Error) => wrong.push(`SIGNALS_RANDOM_SEED=${seed}: ${error.message}`));
    }
    expect(wrong).toEqual([]);
    expect(stage.flushes).toBeGreaterThan(0);
  }, 1_800_000);
});
