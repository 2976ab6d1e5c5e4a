import { jest } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostInit, PostLoad, PostSave, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const TeamSchema = defineEntity({
  name: 'Team',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    rank: p.integer().nullable(),
    settings: p.json<{ theme: string }>().nullable(),
    players: () => p.oneToMany(Player).mappedBy('team'),
  },
});
class Team extends TeamSchema.class {}
TeamSchema.setClass(Team);

const PlayerSchema = defineEntity({
  name: 'Player',
  properties: { id: p.integer().primary(), name: p.string(), team: () => p.manyToOne(Team).nullable() },
});
class Player extends PlayerSchema.class {}
PlayerSchema.setClass(Player);

const entities = [TeamSchema, PlayerSchema];

@Injectable()
class Receiver {
  before: () => void = () => {};
  after: (instance: object, em: EntityManager) => unknown = () => {};
  readonly lines: string[] = [];

  @OnSignal(PreSave)
  save() {
    this.before();
  }

  @OnSignal(PostSave, { uid: 'ranks' })
  saved({ instance }: PayloadOf<PostSave>, { em }: Message) {
    return this.after(instance, em as EntityManager);
  }

  @OnSignal([PostInit, PostLoad], { sender: Team })
  made(_payload: unknown, { signal }: Message) {
    this.lines.push(signal.constructor.name);
  }
}

async function start() {
  const t = await startOrmApp({ entities, providers: [Receiver] });
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const warnings = () => warn.mock.calls.map(([text]) => String(text));
  return Object.assign(t, { receiver: t.app.get(Receiver), warnings });
}

afterEach(() => jest.restoreAllMocks());

describe('A receiver of PostSave that changes `instance`', () => {
  it.each([
    ['a property', (team: Team) => void (team.rank = 1), 'rank'],
    [
      'two properties, later',
      async (team: Team) => {
        await Promise.resolve();
        Object.assign(team, { rank: 1, name: 'b' });
      },
      'name, rank',
    ],
    ['a part of a value', (team: Team) => void (team.settings!.theme = 'dark'), 'settings'],
  ])('is warned of by its uid and the names of what it changes, once: %s', async (_what, after, names) => {
    await using t = await start();
    t.receiver.after = instance => after(instance as Team);
    for (const name of ['one', 'two']) {
      const em = t.fork();
      em.create(Team, { name, settings: { theme: 'light' } });
      await em.flush();
    }

    expect(t.warnings()).toEqual([
      expect.stringContaining(`ranks has changed ${names} of the entity Team, which was written already`),
    ]);
    expect(t.warnings()[0]).toContain('Fix: change it in PreSave');
  });

  it('is not warned of when new rows of its own refer to it', async () => {
    await using t = await start();
    t.receiver.after = (instance, em) => {
      if (instance instanceof Team) em.create(Player, { name: 'new', team: instance });
    };
    const em = t.fork();
    em.create(Team, { name: 'one' });
    await em.flush();

    expect(await t.fork().count(Player)).toBe(1);
    expect(t.warnings()).toEqual([]);
  });
});

describe('After a flush that a receiver of PreSave has failed, before its SQL,', () => {
  it('changes of loaded rows and what they refer to are written by the next, other new rows and removals are forgotten', async () => {
    await using t = await start();
    const first = t.fork();
    for (const name of ['kept', 'gone']) first.create(Team, { name });
    await first.flush();
    const em = t.fork();
    const [kept, gone] = await em.find(Team, {}, { populate: ['players'], orderBy: { id: 1 } });
    t.receiver.before = () => {
      throw new Error('no');
    };
    kept!.name = 'changed';
    kept!.players.add(em.create(Player, { name: 'referred to' }));
    em.create(Player, { name: 'on its own' });
    em.remove(gone!);
    await expect(em.flush()).rejects.toThrow('no');
    t.receiver.before = () => {};
    await em.flush();

    const found = await t.fork().find(Team, {}, { orderBy: { id: 1 } });
    expect(found.map(({ name }) => name)).toEqual(['changed', 'gone']);
    expect((await t.fork().find(Player, {})).map(({ name }) => name)).toEqual(['referred to']);
  });
});

describe('After a flush that a receiver of PostSave has failed,', () => {
  it('nothing of it is written by the next: MikroORM takes it for stored', async () => {
    await using t = await start();
    const em = t.fork();
    const team = em.create(Team, { name: 'old' });
    await em.flush();
    t.receiver.after = () => {
      throw new Error('no');
    };
    team.name = 'new';
    await expect(em.flush()).rejects.toThrow('no');
    t.receiver.after = () => {};
    await em.flush();

    expect((await t.fork().findOneOrFail(Team, { id: team.id })).name).toBe('old');
  });
});

describe('em.stream()', () => {
  it('sends PostInit for each row, and no PostLoad', async () => {
    await using t = await start();
    const em = t.fork();
    for (const name of ['one', 'two']) em.create(Team, { name });
    await em.flush();
    t.receiver.lines.length = 0;
    const names: string[] = [];
    for await (const team of t.fork().stream(Team)) names.push(team.name);

    expect(names).toHaveLength(2);
    expect(t.receiver.lines).toEqual(['PostInit', 'PostInit']);
  });
});
