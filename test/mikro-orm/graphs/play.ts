import { deepStrictEqual } from 'node:assert/strict';
import { DriverException, MikroORM, ValidationError } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { createTestDatabase } from '../../support/database.js';
import { startOrmApp } from '../../support/orm.js';
import { SQLITE } from '../../support/sqlite.js';
import { Random } from '../random/random.js';
import { makeClasses } from './entities.js';
import { Recorder, mistakesIn, mistakesInPairs } from './recorder.js';
import { type Step, Writer } from './program.js';
import { empty, tablesOf } from './tables.js';
import { World } from './world.js';

export const DATABASES = { SQLite: SQLITE, PostgreSQL: { driver: PostgreSqlDriver } };

interface Place {
  readonly orm: MikroORM;
  readonly world: World;
  readonly recorder: Recorder;
}

/** MikroORM without receivers, the same with receivers, and the same where receivers do a part of the work. */
export class Stage implements AsyncDisposable {
  flushes = 0;
  refused = 0;

  private constructor(
    private readonly bare: Omit<Place, 'recorder'>,
    private readonly recorded: Place,
    private readonly acting: Place,
    private readonly closing: AsyncDisposableStack,
  ) {}

  static async open(name: keyof typeof DATABASES): Promise<Stage> {
    const stack = new AsyncDisposableStack();
    const [bare, recorded, acting] = [
      await openBare(name, stack),
      await openApp(name, stack),
      await openApp(name, stack),
    ];
    return new Stage(bare, recorded, acting, stack);
  }

  [Symbol.asyncDispose]() {
    return this.closing.disposeAsync();
  }

  /** Plays one program: units of work, one after another, until the database refuses one. */
  async play(seed: number): Promise<void> {
    const random = new Random(seed);
    const writer = new Writer(random);
    for (const { orm } of [this.bare, this.recorded, this.acting]) await empty(orm);
    for (let units = random.below(3) + 1; units > 0; units--) {
      const { rows } = await tablesOf(this.bare.orm);
      const steps = writer.write([...rows.keys()]);
      if (!(await this.unit(steps, random.below(steps.length + 1)))) return;
    }
  }

  private async unit(steps: readonly Step[], cut: number): Promise<boolean> {
    const before = await tablesOf(this.bare.orm);
    const error = await flushed(this.bare.world, steps);
    this.flushes++;
    this.recorded.recorder.forget();
    const refused = await flushed(this.recorded.world, steps);
    deepStrictEqual(refused?.constructor, error?.constructor);
    const after = await tablesOf(this.bare.orm);
    deepStrictEqual(await tablesOf(this.recorded.orm), after);
    if (error) this.refused++;
    if (error) return false;
    const { recorder } = this.recorded;
    deepStrictEqual(mistakesIn(recorder.after, before, after), []);
    deepStrictEqual(mistakesInPairs(recorder.pairs, before, after), []);
    deepStrictEqual(recorder.before.toSorted(), recorder.after.toSorted());
    await this.act(steps, cut);
    deepStrictEqual(await tablesOf(this.acting.orm), after);
    return true;
  }

  /** The first receiver does the rest of the work. Where none is called, the rest is work as any other. */
  private async act(steps: readonly Step[], cut: number): Promise<void> {
    const { recorder, world } = this.acting;
    recorder.forget();
    const rest = steps.slice(cut);
    recorder.act = () => world.play(rest);
    deepStrictEqual(await flushed(world, steps.slice(0, cut)), undefined);
    if (!recorder.act) return;
    recorder.act = undefined;
    world.play(rest);
    await world.flush();
  }
}

async function flushed(world: World, steps: readonly Step[]): Promise<object | undefined> {
  await world.begin();
  try {
    world.play(steps);
    await world.flush();
    return undefined;
  } catch (error) {
    if (error instanceof DriverException || error instanceof ValidationError) return error;
    throw error;
  }
}

async function openBare(name: keyof typeof DATABASES, stack: AsyncDisposableStack) {
  const { schemas, kinds } = makeClasses();
  const database = await createTestDatabase();
  stack.defer(() => database.drop());
  const orm = await MikroORM.init({ clientUrl: database.url, entities: schemas, ...DATABASES[name] } as never);
  stack.defer(() => orm.close());
  await orm.schema.create();
  return { orm, world: new World(orm, kinds) };
}

async function openApp(name: keyof typeof DATABASES, stack: AsyncDisposableStack): Promise<Place> {
  const { schemas, kinds } = makeClasses();
  const config = DATABASES[name] as object;
  const { orm, app } = stack.use(await startOrmApp({ entities: schemas, providers: [Recorder], config }));
  return { orm, world: new World(orm, kinds), recorder: app.get(Recorder) };
}
