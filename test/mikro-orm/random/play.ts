import { DriverException, type EntityManager, FlushMode, ValidationError } from '@mikro-orm/core';
import { mistakesIn } from './comparison.js';
import { dumpOf } from './dump.js';
import type { Recorder } from './recorder.js';
import type { Meddler } from './meddler.js';
import { Work } from './program.js';
import { Random } from './random.js';

/** The objects that random programs work with, and counts of their successful and refused flushes. */
export interface Stage {
  readonly em: EntityManager;
  readonly recorder: Recorder;
  readonly meddler: Meddler;
  done: number;
  refused: number;
}

/** The database or MikroORM has refused a flush, which may be: the programs do not look where references lead. */
class Refused extends Error {}

/** Plays one program: several units of work, one after another, in every kind of transaction. */
export async function play(stage: Stage, seed: number): Promise<void> {
  const random = new Random(seed);
  stage.meddler.random = random.chance(0.5) ? random : undefined;
  const count = random.below(3) + 1;
  for (let unit = 0; unit < count; unit++) {
    const em = stage.em.fork({ flushMode: FlushMode.COMMIT });
    const before = await dumpOf(em);
    try {
      await inTransaction(em, random, inner => flushSeveralTimes(stage, inner, random));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.cause !== undefined) continue;
      expect(await dumpOf(stage.em.fork())).toEqual(before);
    }
  }
}

async function inTransaction(
  em: EntityManager,
  random: Random,
  work: (em: EntityManager) => Promise<void>,
): Promise<void> {
  const kind = random.below(3);
  const isGivenUp = random.chance(0.2);
  const whole = async (inner: EntityManager) => {
    await work(inner);
    if (isGivenUp) throw new Refused('given up');
  };
  if (kind === 0) return work(em);
  if (kind === 1) return em.transactional(whole, { flushMode: FlushMode.COMMIT });
  await em.begin();
  try {
    await whole(em);
    await em.commit();
  } catch (error) {
    await em.rollback();
    throw error;
  }
}

async function flushSeveralTimes(stage: Stage, em: EntityManager, random: Random): Promise<void> {
  const work = new Work(em, random);
  stage.recorder.isPartial = entity => work.partial.has(entity);
  const unseen = new Set<string>();
  const count = random.below(3) + 1;
  for (let flush = 0; flush < count; flush++) {
    await work.doSomething();
    const before = await dumpOf(em);
    stage.recorder.forget();
    await flushOnce(stage, em);
    const { rows, changes } = stage.recorder;
    const after = await dumpOf(em);
    expect(mistakesIn(before, after, rows, changes, unseen, stage.meddler.random !== undefined)).toEqual([]);
    work.settle();
    stage.done++;
  }
}

async function flushOnce(stage: Stage, em: EntityManager): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (!(error instanceof DriverException || error instanceof ValidationError)) throw error;
    stage.refused++;
    throw new Refused('refused', { cause: error });
  }
}
