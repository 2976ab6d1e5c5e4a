import type { MikroORM } from '@mikro-orm/core';
import { makeClasses } from './graphs/entities.js';
import { Recorder } from './graphs/recorder.js';
import type { Step } from './graphs/program.js';
import { empty, tablesOf, type Tables } from './graphs/tables.js';
import { World } from './graphs/world.js';
import { startOrmApp } from '../support/orm.js';

/** Programs in short: what is stored, what the application does before the flush, and what a receiver does in it. */
interface Program {
  readonly stored: string;
  readonly before: string;
  readonly inFlush: string;
}

const PAIR = 'create left1; create right2; link left1 right right2';
const BOXES = 'create box1; create box2; create lid3; create lid4; link box1 lid lid3; link box2 lid lid4';

const PROGRAMS: Readonly<Record<string, Program>> = {
  'removes the owner of others': {
    stored: 'create box1; create thing2; link thing2 box box1; create lid3; link box1 lid lid3',
    before: 'create leaf4',
    inFlush: 'remove box1',
  },
  'takes a reference away from a new row that was not persisted, and that refers to another': {
    stored: 'create left1',
    before:
      'create right2; create keyed3; create leaf4; link keyed3 leaf leaf4; link right2 keyed keyed3; ' +
      'link left1 right right2; remove right2; remove keyed3',
    inFlush: 'link left1 right null',
  },
  'replaces a new row that was not persisted': {
    stored: 'create left1',
    before: 'create right2; link left1 right right2; remove right2',
    inFlush: 'create right3; link left1 right right3',
  },
  'takes a new row that was not persisted out of a collection': {
    stored: 'create tag1',
    before: 'create node2; add tag1 nodes node2; remove node2',
    inFlush: 'takeOut tag1 nodes node2',
  },
  'removes a new row that a stored one refers to': {
    stored: 'create lid1',
    before: 'create box2; link lid1 box box2',
    inFlush: 'remove box2',
  },
  'removes a new row with a collection': {
    stored: 'create tag1',
    before: 'create node2; add node2 tags tag1',
    inFlush: 'remove node2',
  },
  'gives an end to a row that comes later': { stored: BOXES, before: 'create leaf5', inFlush: 'link box2 lid lid3' },
  'gives an end to a row that comes first': { stored: BOXES, before: 'create leaf5', inFlush: 'link box1 lid lid4' },
  'gives an end to the row that loses its own': {
    stored: BOXES,
    before: 'link box1 lid null',
    inFlush: 'link box2 lid lid3',
  },
  'gives an end on that the application has moved': {
    stored: `${BOXES}; create box5`,
    before: 'link box2 lid lid3',
    inFlush: 'link box5 lid lid3',
  },
  'gives an end back that the application has moved': {
    stored: BOXES,
    before: 'link box2 lid lid3',
    inFlush: 'link box1 lid lid3',
  },
  'gives an end to a new row that the application has moved': {
    stored: BOXES,
    before: 'link box2 lid lid3',
    inFlush: 'create box5; link lid3 box box5',
  },
  'gives an end to a new row': {
    stored: PAIR,
    before: 'create leaf3',
    inFlush: 'create left4; link right2 left left4',
  },
  'removes one end and gives the other to a new row': {
    stored: PAIR,
    before: 'create leaf3',
    inFlush: 'remove left1; create left4; link left4 right right2',
  },
  'removes the row that an end was taken from': {
    stored: PAIR,
    before: 'create left3; link left3 right right2',
    inFlush: 'remove left1',
  },
};

describe('Whatever is written where a receiver', () => {
  const stack = new AsyncDisposableStack();
  afterAll(() => stack.disposeAsync());
  let orm: MikroORM;
  let world: World;
  let recorder: Recorder;

  beforeAll(async () => {
    const { schemas, kinds } = makeClasses();
    const started = stack.use(await startOrmApp({ entities: schemas, providers: [Recorder] }));
    orm = started.orm;
    world = new World(orm, kinds);
    recorder = started.app.get(Recorder);
  });

  it.each(Object.entries(PROGRAMS))('%s is what the application would have written', async (_, program) => {
    const written = await tablesAfter(program, false);
    expect(await tablesAfter(program, true)).toEqual(written);
  });

  async function tablesAfter({ stored, before, inFlush }: Program, isInFlush: boolean): Promise<Tables> {
    await empty(orm);
    await world.begin();
    world.play(stepsOf(stored));
    await world.flush();
    await world.begin();
    world.play(stepsOf(before));
    const act = () => world.play(stepsOf(inFlush));
    if (isInFlush) recorder.act = act;
    else act();
    await world.flush();
    expect(recorder.act).toBeUndefined();
    return tablesOf(orm);
  }
});

function stepsOf(text: string): Step[] {
  return text.split('; ').map(step => {
    const [does, label, property, to] = step.split(' ');
    return { does, label, property, ...(to && { to: to === 'null' ? null : to }) } as Step;
  });
}
