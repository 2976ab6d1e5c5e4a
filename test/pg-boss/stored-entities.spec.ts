import { jest } from '@jest/globals';
import { type EntityManager, EntitySchema, PrimaryKeyProp, wrap } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { durable, type Message, OnSignal, type PayloadOf, PostDelete, PostSave, PreSave, Signal } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { type DurableApp, startDurable } from './orders.js';
import { Code } from '../support/code-type.js';

const ShopSchema = defineEntity({
  name: 'Shop',
  properties: { country: p.string().primary(), number: p.integer().primary(), name: p.string().nullable() },
});
class Shop extends ShopSchema.class {
  declare [PrimaryKeyProp]?: ['country', 'number'];
}
ShopSchema.setClass(Shop);

const ShelfSchema = defineEntity({
  name: 'Shelf',
  properties: { shop: () => p.manyToOne(Shop).primary(), place: p.integer().primary(), label: p.string().nullable() },
});
class Shelf extends ShelfSchema.class {
  declare [PrimaryKeyProp]?: ['shop', 'place'];
}
ShelfSchema.setClass(Shelf);

const BoxSchema = defineEntity({
  name: 'Box',
  properties: {
    shelf: () => p.manyToOne(Shelf).primary(),
    code: p.type(Code).primary(),
    label: p.string().nullable(),
  },
});
class Box extends BoxSchema.class {
  declare [PrimaryKeyProp]?: ['shelf', 'code'];
}
BoxSchema.setClass(Box);

const CouponSchema = defineEntity({
  name: 'Coupon',
  properties: {
    code: p.type(Code).primary(),
    shelf: () => p.manyToOne(Shelf).ref().nullable(),
    text: p.text().lazy().ref().nullable(),
    loud: p.string().generated('(upper(name)) stored').nullable(),
    name: p.string().nullable(),
    twice: p
      .string()
      .formula(cols => `${cols.name} || ${cols.name}`)
      .nullable(),
    parent: () => p.manyToOne(Coupon).ref().nullable(),
  },
});
class Coupon extends CouponSchema.class {}
CouponSchema.setClass(Coupon);

const MomentSchema = defineEntity({
  name: 'Moment',
  properties: { at: p.datetime().primary(), big: p.bigint().primary(), label: p.string().nullable() },
});
class Moment extends MomentSchema.class {
  declare [PrimaryKeyProp]?: ['at', 'big'];
}
MomentSchema.setClass(Moment);

class Comment {
  id!: number;
  text!: string;
  subject?: Note | Picture | null;
}
const CommentSchema = new EntitySchema<Comment>({
  class: Comment,
  properties: {
    id: { type: 'integer', primary: true },
    text: { type: 'string' },
    subject: { kind: 'm:1', entity: () => [Picture, Note] as never, nullable: true },
  },
});
const NoteSchema = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

const PictureSchema = defineEntity({ name: 'Picture', properties: { id: p.integer().primary(), text: p.string() } });
class Picture extends PictureSchema.class {}
PictureSchema.setClass(Picture);

const entities = [
  PictureSchema,
  ShopSchema,
  ShelfSchema,
  BoxSchema,
  CouponSchema,
  MomentSchema,
  CommentSchema,
  NoteSchema,
];

class Mentioned extends Signal<{ entity: object }> {}

@Injectable()
class Log {
  readonly saved: { json: object; missing: boolean; changes: object }[] = [];
  readonly before: { json: object; missing: boolean }[] = [];
  readonly deleted: { json: object; missing: boolean; original: object }[] = [];
  readonly mentioned: { json: object; missing: boolean }[] = [];

  @OnSignal(PreSave, { uid: 'saving', delivery: durable({ retryLimit: 0 }) })
  saving({ instance }: PayloadOf<PreSave>, { missing }: Message) {
    this.before.push({ json: wrap(instance).toPOJO(), missing });
  }

  @OnSignal(PostSave, { uid: 'saved', delivery: durable({ retryLimit: 0 }) })
  save({ instance, changes }: PayloadOf<PostSave>, { missing }: Message) {
    this.saved.push({ json: wrap(instance).toPOJO(), missing, changes });
  }

  @OnSignal(PostDelete, { uid: 'deleted', delivery: durable({ retryLimit: 0 }) })
  remove({ instance, original }: PayloadOf<PostDelete>, { missing }: Message) {
    this.deleted.push({ json: wrap(instance).toPOJO(), missing, original });
  }

  @OnSignal(Mentioned, { uid: 'mentioned', delivery: durable({ retryLimit: 0 }) })
  mention({ entity }: PayloadOf<Mentioned>, { missing }: Message) {
    this.mentioned.push({ json: wrap(entity).toPOJO(), missing });
  }
}

let t: DurableApp;
let log: Log;
quiet();
jest.setTimeout(60_000);
beforeAll(async () => {
  t = await startDurable({ entities, providers: [Log, Mentioned] });
  log = t.app.get(Log);
});
beforeEach(() => [log.saved, log.before, log.deleted, log.mentioned].forEach(list => list.splice(0)));
afterAll(() => t[Symbol.asyncDispose]());

const rows: [string, (em: EntityManager) => object, object, object][] = [
  [
    'with a composite key',
    em => em.create(Shop, { country: 'DE', number: 1, name: 'a' }),
    { name: 'a' },
    { country: 'DE', number: 1 },
  ],
  [
    'whose key refers to a composite one',
    em => em.create(Shelf, { shop: em.create(Shop, { country: 'FR', number: 2 }), place: 3, label: 'b' }),
    { label: 'b' },
    { place: 3 },
  ],
  [
    'whose key refers to one that refers to a composite one',
    em => {
      const shelf = em.create(Shelf, { shop: em.create(Shop, { country: 'IT', number: 3 }), place: 4 });
      return em.create(Box, { shelf, code: 'x', label: 'c' });
    },
    { label: 'c' },
    { code: 'x' },
  ],
  [
    'with a key of a type of its own',
    em => em.create(Coupon, { code: 'y', name: 'd' } as never),
    { name: 'd' },
    { code: 'y' },
  ],
  [
    'with dates and long numbers for a key',
    em => em.create(Moment, { at: new Date('2020-01-02T03:04:05.678Z'), big: 9007199254740993n, label: 'e' }),
    { label: 'e' },
    { at: new Date('2020-01-02T03:04:05.678Z') },
  ],
  [
    'with a lazy text',
    em => em.create(Coupon, { code: 'z', text: 'long', name: 'f' } as never),
    { name: 'f' },
    { code: 'z' },
  ],
  [
    'that refers to one of several entities',
    em => em.create(Comment, { text: 'g', subject: em.create(Note, { text: 'n' }) }),
    { text: 'g' },
    {},
  ],
];

describe('a durable message about a row', () => {
  it.each(rows)('%s brings the row, or what is known of it when it is gone', async (_what, make, known, key) => {
    const em = t.fork();
    const entity = make(em);
    await em.flush();
    await t.settled();

    const values = { ...known, ...key };
    expect(await t.durable.dead()).toEqual([]);
    expect(log.saved).toContainEqual(
      expect.objectContaining({ missing: false, json: expect.objectContaining(values) }),
    );
    expect(log.before).toContainEqual({ missing: false, json: expect.objectContaining(values) });

    await em.remove(entity).flush();
    await t.settled();

    expect(await t.durable.dead()).toEqual([]);
    expect(log.deleted).toEqual([
      { missing: true, json: expect.objectContaining(values), original: expect.objectContaining(known) },
    ]);
  });

  it('shows foreign keys as arrays, and those to one of several entities with its name', async () => {
    const em = t.fork();
    const shop = em.create(Shop, { country: 'ES', number: 9 });
    const shelf = em.create(Shelf, { shop, place: 1 });
    const picture = em.create(Picture, { text: 'p' });
    const parent = em.create(Coupon, { code: 'parent' } as never);
    const coupon = em.create(Coupon, { code: 'child', shelf, parent } as never);
    const comment = em.create(Comment, { text: 'h', subject: picture });
    await em.flush();
    comment.subject = em.create(Note, { text: 'o' });
    coupon.parent = null;
    await em.flush();
    await t.settled();

    expect(await t.durable.dead()).toEqual([]);
    const all = log.saved.map(({ changes }) => changes);
    const [from, to] = ['Picture', 'Note'].map(entity => ({ entity, key: expect.any(Number) as number }));
    expect(all).toContainEqual(
      expect.objectContaining({ shelf: { to: ['ES', 9, 1] }, parent: { to: 'parent' }, code: { to: 'child' } }),
    );
    expect(all).toContainEqual(expect.objectContaining({ subject: { to: from } }));
    expect(all).toContainEqual({ subject: { from, to } });
    expect(all).toContainEqual({ parent: { from: 'parent', to: null } });
  });

  it('carries references and entities that are not loaded', async () => {
    const em = t.fork();
    await em.upsert(Shop, { country: 'PT', number: 1, name: 'loaded' });
    const reference = t.fork().getReference(Shop, ['PT', 1], { wrapped: true });

    await t.app.get(Mentioned).send('somebody', { entity: reference });
    await t.settled();

    expect(log.mentioned).toEqual([{ missing: false, json: { country: 'PT', number: 1, name: 'loaded' } }]);
  });
});
