import { Cascade } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const ShelfSchema = defineEntity({
  name: 'Shelf',
  properties: { id: p.integer().primary(), label: p.string(), boxes: () => p.oneToMany(Box).mappedBy('shelf') },
});
class Shelf extends ShelfSchema.class {}
ShelfSchema.setClass(Shelf);

const BoxSchema = defineEntity({
  name: 'Box',
  properties: {
    id: p.integer().primary(),
    label: p.string(),
    gone: p.boolean().default(false),
    shelf: () => p.manyToOne(Shelf),
    // Removed with the box, and when they are taken out of it.
    things: () => p.oneToMany(Thing).mappedBy('box').orphanRemoval(),
    // Removed with the box.
    stickers: () => p.manyToMany(Sticker).cascade(Cascade.PERSIST, Cascade.REMOVE),
    // Stay, without it.
    notes: () => p.oneToMany(Note).mappedBy('box'),
  },
});
class Box extends BoxSchema.class {}
BoxSchema.setClass(Box);

const ThingSchema = defineEntity({
  name: 'Thing',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    gone: p.boolean().default(false),
    box: () => p.manyToOne(Box).nullable(),
    parts: () => p.oneToMany(Part).mappedBy('thing'),
  },
});
class Thing extends ThingSchema.class {}
ThingSchema.setClass(Thing);

const PartSchema = defineEntity({
  name: 'Part',
  properties: { id: p.integer().primary(), name: p.string(), thing: () => p.manyToOne(Thing).nullable() },
});
class Part extends PartSchema.class {}
PartSchema.setClass(Part);

const StickerSchema = defineEntity({ name: 'Sticker', properties: { id: p.integer().primary(), text: p.string() } });
class Sticker extends StickerSchema.class {}
StickerSchema.setClass(Sticker);

const NoteSchema = defineEntity({
  name: 'Note',
  properties: { id: p.integer().primary(), text: p.string(), box: () => p.manyToOne(Box).nullable() },
});
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

const entities = [ShelfSchema, BoxSchema, ThingSchema, PartSchema, StickerSchema, NoteSchema];
const everything = ['things.parts', 'stickers', 'notes', 'shelf.boxes'] as const;

/** An application in which `takesBack` says what may not be deleted, with one shelf of one full box. */
async function startStore(takesBack: (instance: object, message: Message) => boolean) {
  @Injectable()
  class SoftDelete {
    readonly lines: string[] = [];

    @OnSignal(PreDelete)
    keep({ instance }: PayloadOf<PreDelete>, message: Message) {
      this.lines.push(`PreDelete ${instance.constructor.name}`);
      if (!takesBack(instance, message)) return;
      Object.assign(instance, { gone: true });
      message.em!.persist(instance);
    }

    @OnSignal([PreSave, PostSave, PostDelete])
    record({ instance }: PayloadOf<PreSave | PostDelete>, { signal }: Message) {
      this.lines.push(`${signal.constructor.name} ${instance.constructor.name}`);
    }
  }
  const started = await startOrmApp({ entities, providers: [SoftDelete] });
  const em = started.fork();
  const box = em.create(Box, { label: 'tools', shelf: em.create(Shelf, { label: 'top' }) });
  box.things.add(em.create(Thing, { name: 'hammer', parts: [{ name: 'handle' }] }), em.create(Thing, { name: 'saw' }));
  box.stickers.add(em.create(Sticker, { text: 'red' }));
  box.notes.add(em.create(Note, { text: 'mine' }));
  await em.flush();
  const log = started.app.get(SoftDelete);
  log.lines.length = 0;

  /** Reads the boxes, things, stickers, parts and notes again from the database. */
  const stored = async () => {
    const look = started.fork();
    const boxes = await look.findAll(Box, { populate: ['things', 'stickers', 'notes'] });
    return {
      boxes: boxes.map(({ gone, things, stickers, notes }) => ({
        gone,
        things: things.map(({ name }) => name).sort(),
        stickers: stickers.map(({ text }) => text),
        notes: notes.map(({ text }) => text),
      })),
      things: (await look.findAll(Thing)).map(({ name }) => name).sort(),
      stickers: await look.count(Sticker),
      parts: (await look.findAll(Part, { populate: ['thing'] })).map(({ thing }) => thing?.name),
      notes: await look.count(Note),
    };
  };
  return Object.assign(started, { log, stored });
}

const whole = {
  boxes: [{ gone: true, things: ['hammer', 'saw'], stickers: ['red'], notes: ['mine'] }],
  things: ['hammer', 'saw'],
  stickers: 1,
  parts: ['hammer'],
  notes: 1,
};

describe('a delete that a receiver of PreDelete takes back', () => {
  it('leaves everything that would have gone with it, and says nothing of it', async () => {
    await using t = await startStore(instance => instance instanceof Box);
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    await em.remove(box).flush();

    expect(await t.stored()).toEqual(whole);
    expect(t.log.lines).toEqual(['PreDelete Box', 'PreSave Box', 'PostSave Box']);
  });

  it('leaves the entities in memory as they were', async () => {
    await using t = await startStore(instance => instance instanceof Box);
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    await em.remove(box).flush();

    expect(box.things.map(({ name }) => name)).toEqual(['hammer', 'saw']);
    expect(box.notes.map(note => note.box)).toEqual([box]);
    expect(box.shelf.boxes.getItems()).toEqual([box]);
    expect(em.getUnitOfWork().getById(Box, box.id)).toBe(box);
    t.log.lines.length = 0;
    await em.flush();
    expect(t.log.lines).toEqual([]);
  });

  it('does not keep what was removed on its own', async () => {
    await using t = await startStore(instance => instance instanceof Box);
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    em.remove(box.things.find(({ name }) => name === 'saw')!);
    em.remove(box.notes[0]!);
    em.remove(box);
    // MikroORM leaves it in the collection, which removes it with the box.
    em.remove(box.stickers[0]!);
    await em.flush();

    expect(await t.stored()).toEqual({
      ...whole,
      boxes: [{ ...whole.boxes[0]!, things: ['hammer'], notes: [], stickers: [] }],
      things: ['hammer'],
      notes: 0,
      stickers: 0,
    });
    expect(t.log.lines.filter(line => line.startsWith('PostDelete')).sort()).toEqual([
      'PostDelete Note',
      'PostDelete Sticker',
      'PostDelete Thing',
    ]);
  });

  it('keeps an orphan, with what refers to it', async () => {
    await using t = await startStore(instance => instance instanceof Thing && instance.name === 'hammer');
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    box.things.removeAll();
    await em.flush();

    expect(await t.stored()).toEqual({
      ...whole,
      boxes: [{ ...whole.boxes[0]!, gone: false, things: [] }],
      things: ['hammer'],
    });
    expect(t.log.lines.filter(line => line.startsWith('Post')).sort()).toEqual(['PostDelete Thing', 'PostSave Thing']);
  });

  it('may be of a child alone', async () => {
    await using t = await startStore(instance => instance instanceof Sticker);
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    await em.remove(box).flush();

    expect(await t.stored()).toEqual({ boxes: [], things: [], stickers: 1, parts: [undefined], notes: 1 });
    expect(t.log.lines.filter(line => line.includes('Sticker'))).toEqual(['PreDelete Sticker']);
  });

  it('leaves what would have gone with it where a receiver has removed it', async () => {
    await using t = await startStore(instance => instance instanceof Box);
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });
    t.app.get(PreSave).connect(() => void em.remove(box), { sender: Sticker });

    box.stickers[0]!.text = 'blue';
    await em.flush();

    expect(await t.stored()).toEqual({ ...whole, boxes: [{ ...whole.boxes[0]!, stickers: ['blue'] }] });
    expect(t.log.lines.filter(line => line.includes('Delete'))).toEqual(['PreDelete Box']);
  });

  it('is a delete again when another receiver removes it', async () => {
    await using t = await startStore(instance => instance instanceof Box);
    t.app.get(PreDelete).connect(({ instance }, { em }) => em!.remove(instance), { sender: Box });
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    await em.remove(box).flush();

    expect(await t.stored()).toMatchObject({ boxes: [], things: [], stickers: 0 });
  });
});

describe('a receiver of PreDelete', () => {
  it('may remove the owner of others, which go with it', async () => {
    await using t = await startStore((instance, { em }) => {
      if (instance instanceof Note) em!.remove(instance.box!);
      return false;
    });
    const em = t.fork();
    const box = await em.findOneOrFail(Box, { label: 'tools' }, { populate: everything });

    await em.remove(box.notes[0]!).flush();

    expect(await t.stored()).toMatchObject({ boxes: [], things: [], stickers: 0, notes: 0 });
    expect(t.log.lines.filter(line => line.startsWith('PostDelete')).sort()).toEqual(
      ['Box', 'Note', 'Sticker', 'Thing', 'Thing'].map(name => `PostDelete ${name}`),
    );
  });

  it('may remove more, and signals about that are sent as well', async () => {
    await using t = await startStore((instance, { em }) => {
      if (instance instanceof Note) em!.remove(em!.getReference(Sticker, 1));
      return false;
    });
    const em = t.fork();

    await em.remove(await em.findOneOrFail(Note, { text: 'mine' })).flush();

    expect(t.log.lines).toEqual(['PreDelete Note', 'PreDelete Sticker', 'PostDelete Note', 'PostDelete Sticker']);
  });
});
