import { startOrmApp } from '../support/orm.js';
import { EMPTY } from './random/dump.js';
import { entities } from './random/entities.js';
import { Recorder } from './random/recorder.js';
import { Meddler } from './random/meddler.js';
import { play, type Stage } from './random/play.js';

/** `npm run test:random` plays more; SIGNALS_RANDOM_SEED plays one. */
const COUNT = Number(process.env.SIGNALS_RANDOM_SEEDS ?? 50);
const ONE = process.env.SIGNALS_RANDOM_SEED;
const seeds = ONE === undefined ? Array.from({ length: COUNT }, (_, at) => at + 1) : [Number(ONE)];

describe('whatever a flush does', () => {
  it(`sends what the database holds: every row once, with right values, and nothing else (${seeds.length} programs)`, async () => {
    await using t = await startOrmApp({ entities, providers: [Recorder, Meddler] });
    const [recorder, meddler] = [t.app.get(Recorder), t.app.get(Meddler)];
    const stage: Stage = { em: t.orm.em, recorder, meddler, done: 0, refused: 0 };
    for (const seed of seeds) {
      await t.orm.em.getConnection().execute(EMPTY);
      try {
        await play(stage, seed);
      } catch (cause) {
        throw new Error(`SIGNALS_RANDOM_SEED=${seed} fails: ${String(cause)}`, { cause });
      }
    }
    expect(stage.done).toBeGreaterThan(stage.refused * 10);
  }, 1_800_000);
});
