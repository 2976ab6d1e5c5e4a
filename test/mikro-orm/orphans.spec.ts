import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { M2mChanged, type Message, OnSignal, type PayloadOf, PostDelete, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const BoxSchema = defineEntity({
  name: 'Box',
  properties: {
    id: p.integer().primary(),
    label: p.string(),
    things: () => p.oneToMany(Thing).mappedBy('box').orphanRemoval(),
    lid: () => p.oneToOne(Lid).owner().inversedBy('box').orphanRemoval().nullable(),
    tags: () => p.manyToMany(Tag).owner(),
  },
});
class Box extends BoxSchema.class {}
BoxSchema.setClass(Box);

const ThingSchema = defineEntity({
  name: 'Thing',
  properties: { id: p.integer().primary(), name: p.string().unique(), box: () => p.manyToOne(Box) },
});
class Thing extends ThingSchema.class {}
ThingSchema.setClass(Thing);

const LidSchema = defineEntity({
  name: 'Lid',
  properties: { id: p.integer().primary(), name: p.string(), box: () => p.oneToOne(Box).mappedBy('lid').nullable() },
});
class Lid extends LidSchema.class {}
LidSchema.setClass(Lid);

const TagSchema = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), name: p.string() } });
class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

const entities = [BoxSchema, ThingSchema, LidSchema, TagSchema];

/** Acts once, before the SQL, and writes down what is deleted. */
@Injectable()
class Receiver {
  on = 'save';
  act: ((em: EntityManager) => void) | undefined;
  readonly lines: string[] = [];

  @OnSignal(PreSave, { sender: [Box, Tag] })
  save(_payload: unknown, message: Message) {
    if (this.on === 'save') this.once(message);
  }

  @OnSignal(M2mChanged)
  change({ action }: PayloadOf<M2mChanged>, message: Message) {
    if (this.on === action) this.once(message);
  }

  @OnSignal([PreDelete, PostDelete])
  remove({ instance }: PayloadOf<PostDelete>, message: Message) {
    const { name } = instance as Thing;
    this.lines.push(`${message.signal.constructor.name} ${name}`);
    if (this.on === 'delete') this.once(message);
  }

  private once({ em }: Message): void {
    const { act } = this;
    this.act = undefined;
    act?.(em as EntityManager);
  }
}

describe('What a receiver takes out of a relation with `orphanRemoval` before the SQL', () => {
  async function start() {
    const t = await startOrmApp({ entities, providers: [Receiver] });
    const em = t.fork();
    const box = em.create(Box, { label: 'full', lid: em.create(Lid, { name: 'lid' }) });
    for (const name of ['one', 'two']) em.create(Thing, { name, box });
    em.create(Box, { label: 'other' });
    em.create(Tag, { name: 'tag' });
    await em.flush();
    const own = t.fork();
    const [full, other] = await own.find(Box, {}, { populate: ['things', 'lid', 'tags'], orderBy: { id: 1 } });
    const tag = await own.findOneOrFail(Tag, { id: 1 });
    const receiver = t.app.get(Receiver);
    const stored = async () => ({
      things: (await t.fork().find(Thing, {}, { orderBy: { name: 1 } })).map(({ name }) => name),
      lids: (await t.fork().find(Lid, {}, { orderBy: { id: 1 } })).map(({ name }) => name),
    });
    return {
      t,
      em: own,
      full: full!,
      other: other!,
      tag,
      receiver,
      stored,
      [Symbol.asyncDispose]: () => t[Symbol.asyncDispose](),
    };
  }

  const ways: [string, (box: Box) => void, string[]][] = [
    ['remove()', box => void box.things.remove(box.things[0]!), ['one']],
    ['removeAll()', box => box.things.removeAll(), ['one', 'two']],
    ['set([])', box => box.things.set([]), ['one', 'two']],
    ['a reference that is set to null', box => void (box.lid = null), ['lid']],
  ];
  const moments = [
    ['of the box', (s: { full: Box }) => void (s.full.label += '!')],
    ['of another row', (s: { tag: Tag }) => void (s.tag.name += '!')],
  ] as const;

  it.each(ways.flatMap(way => moments.map(moment => [way[0], moment[0], way, moment] as const)))(
    'is deleted: %s, in PreSave %s',
    async (_way, _moment, [, act, gone], [, change]) => {
      await using store = await start();
      store.receiver.act = () => act(store.full);
      change(store);
      await store.em.flush();

      const left = (names: string[]) => names.filter(name => !gone.includes(name));
      expect(await store.stored()).toEqual({ things: left(['one', 'two']), lids: left(['lid']) });
      const sent = ['PreDelete', 'PostDelete'].flatMap(signal => gone.map(name => `${signal} ${name}`));
      expect(store.receiver.lines.toSorted()).toEqual(sent.toSorted());
    },
  );

  it.each(['pre_add', 'pre_remove'])('is deleted, in %s', async action => {
    await using s = await start();
    s.full.tags.add(s.tag);
    if (action === 'pre_remove') {
      await s.em.flush();
      s.full.tags.remove(s.tag);
    }
    Object.assign(s.receiver, { on: action, act: () => s.full.things.removeAll() });
    await s.em.flush();

    expect((await s.stored()).things).toEqual([]);
    expect(s.receiver.lines).toHaveLength(4);
  });

  it('is deleted when another takes its place, before that one is inserted', async () => {
    await using s = await start();
    s.receiver.act = em => {
      s.full.lid = em.create(Lid, { name: 'new lid' });
      s.full.things.set([em.create(Thing, { name: 'one', box: s.full })]);
    };
    s.full.label += '!';
    await s.em.flush();

    expect(await s.stored()).toEqual({ things: ['one'], lids: ['new lid'] });
    expect(s.receiver.lines.toSorted()).toEqual([
      ...['PostDelete lid', 'PostDelete one', 'PostDelete two', 'PreDelete lid', 'PreDelete one', 'PreDelete two'],
    ]);
  });

  it('stays when it is moved to another box', async () => {
    await using s = await start();
    s.receiver.act = () => {
      const [one] = s.full.things.getItems();
      s.full.things.remove(one!);
      s.other.things.add(one!);
    };
    s.tag.name += '!';
    await s.em.flush();

    expect((await s.stored()).things).toEqual(['one', 'two']);
    expect(await s.t.fork().count(Thing, { box: s.other })).toBe(1);
    expect(s.receiver.lines).toEqual([]);
  });

  it('stays when the application took it out and the receiver puts it in again', async () => {
    await using s = await start();
    const [one] = s.full.things.getItems();
    s.receiver.act = () => s.full.things.add(one!);
    s.full.things.remove(one!);
    s.full.label += '!';
    await s.em.flush();

    expect((await s.stored()).things).toEqual(['one', 'two']);
    expect(s.receiver.lines.filter(line => line.startsWith('Post'))).toEqual([]);
  });

  it('is deleted when a PreDelete receiver of another takes it out', async () => {
    await using s = await start();
    const [one, two] = s.full.things.getItems();
    Object.assign(s.receiver, { on: 'delete', act: () => s.full.things.remove(two!) });
    s.em.remove(one!);
    await s.em.flush();

    expect((await s.stored()).things).toEqual([]);
    expect(s.receiver.lines.toSorted()).toEqual(['PostDelete one', 'PostDelete two', 'PreDelete one', 'PreDelete two']);
  });

  it('is never inserted when it is new', async () => {
    await using s = await start();
    const thing = s.em.create(Thing, { name: 'new', box: s.full });
    s.receiver.act = () => s.full.things.remove(thing);
    s.full.label += '!';
    await s.em.flush();

    expect((await s.stored()).things).toEqual(['one', 'two']);
    expect(s.receiver.lines).toEqual([]);
  });
});
